// SPDX-License-Identifier: Apache-2.0
// Shows a report: the total, its layers, where it comes from, and the list of candidates. Everything goes in as text.

const $ = (selector) => document.querySelector(selector);

/** Four significant digits, and no more zeros than they need. */
export function number(value) {
  const size = Math.abs(value);
  if (value === 0) {
    return '0';
  }
  return size < 1e-4 || size >= 1e6 ? value.toExponential(2) : value.toPrecision(4);
}

/** As many decimals for all of a column as give its largest value four significant digits. */
function column(values) {
  const largest = Math.max(...values.map(Math.abs));
  const decimals = largest === 0 ? 0 : Math.min(Math.max(3 - Math.floor(Math.log10(largest)), 0), 12);
  return values.map((value) => value.toFixed(decimals));
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) {
    made.textContent = text;
  }
  if (className) {
    made.className = className;
  }
  return made;
}

function bar(share) {
  const track = element('span', undefined, 'bar');
  const fill = track.appendChild(element('span'));
  fill.style.width = `${100 * share}%`;
  return track;
}

/** Shows one result that has a score. */
export function showResult(result) {
  $('#total').textContent = number(result.total);
  $('#total').title = String(result.total);
  $('#verdict-about').textContent =
    result.total === 0
      ? 'To this model the two are the same.'
      : '0 means the same; the higher, the more different. Only scores of one model can be compared.';
  $('#random').hidden = !result.provenance.random_weights;
  showLayers(result.layers);
  showProvenance(result.provenance);
}

function showLayers(layers) {
  const contributions = layers.map(({ value, weight }) => value * weight);
  const largest = Math.max(...contributions.map(Math.abs)) || 1;
  const values = column(layers.map(({ value }) => value));
  const added = column(contributions);
  $('#layers').replaceChildren(
    ...layers.map(({ name, value, weight, distance }, i) => {
      const row = element('tr');
      const head = row.appendChild(element('th', name));
      head.scope = 'row';
      row.appendChild(element('td', undefined, 'share')).append(bar(Math.abs(contributions[i]) / largest));
      row.appendChild(element('td', values[i])).title = `${distance} ${value}`;
      row.appendChild(element('td', String(Number(weight.toPrecision(4))))).title = String(weight);
      row.appendChild(element('td', added[i], 'added')).title = String(contributions[i]);
      return row;
    }),
  );
}

function showProvenance(from) {
  const { reference, candidate } = from.images;
  const facts = [
    ['Model', from.model],
    ['SHA-256', from.model_sha256],
    ['Weights', from.weights],
    ['Device', `${from.provider}${from.device === from.provider ? '' : ` (asked for: ${from.device})`}`],
    ['Fallback', from.fallback],
    ['Precision', from.precision],
    ['Compared', `${from.width} × ${from.height}, ${from.policies.colour}, ${from.evaluation ?? 'as a whole'}`],
    ['Reference', image(reference)],
    ['Candidate', image(candidate)],
    ['Percept', `${from.percept}, ${from.runtime}`],
  ];
  $('#provenance').replaceChildren(
    ...facts
      .filter(([, fact]) => fact)
      .map(([term, fact]) => {
        const pair = element('div');
        pair.append(element('dt', term), element('dd', fact));
        return pair;
      }),
  );
}

function image({ format, width, height, bits, alpha, profile }) {
  return [`${format} ${width} × ${height}`, `${bits} bits`, alpha && 'transparent parts', profile].filter(Boolean).join(', ');
}

/** Lists several candidates, most alike first, and calls onChoose with the index of one in the report when it is chosen. */
export function showCandidates(results, chosen, onChoose) {
  const list = $('#candidates');
  list.querySelectorAll('label').forEach((label) => label.remove());
  list.hidden = results.length < 2;
  if (list.hidden) {
    return;
  }
  const largest = Math.max(...results.map(({ total }) => total ?? 0)) || 1;
  const order = results.map((_, i) => i).sort((a, b) => (results[a].total ?? Infinity) - (results[b].total ?? Infinity));
  for (const i of order) {
    const { candidate, total, error } = results[i];
    const label = element('label');
    const radio = element('input');
    Object.assign(radio, { type: 'radio', name: 'candidate', checked: i === chosen, disabled: error !== undefined });
    radio.addEventListener('change', () => onChoose(i));
    label.append(radio, element('span', candidate, 'name'));
    if (error === undefined) {
      label.append(bar(total / largest), element('span', number(total), 'figure'));
    } else {
      label.classList.add('failed');
      label.append(element('span', error.replace(`${candidate}: `, ''), 'error'));
    }
    list.append(label);
  }
}

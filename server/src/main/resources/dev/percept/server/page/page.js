// SPDX-License-Identifier: Apache-2.0
// The page: what happens when. Pictures come in, the service is asked, and its answer or what went wrong is shown.

import { Pictures } from './pictures.js';
import { number, showCandidates, showResult } from './result.js';
import * as service from './service.js';
import { Swipe } from './swipe.js';

const NOT_READY_PAUSE_MS = 2000;
const $ = (selector) => document.querySelector(selector);

const pictures = new Pictures((reference, candidates) => compare(reference, candidates));
const swipe = new Swipe($('#stage'));

/** What is being asked of the service; aborted as soon as something else is wanted. */
let asking = new AbortController();
/** What "Try again" and a new key do. */
let retry = () => {};
/** The models to choose from, the default one first. */
let models = [];
/** The last answer, and what goes with it: {report, reference, candidates, model, chosen}. */
let shown;
/** Addresses of the heat maps of that answer, by candidate and layer. */
let heatmaps = new Map();

// ---- asking

async function compare(reference, candidates) {
  begin();
  $('#result').hidden = true;
  if (!reference || candidates.length === 0) {
    retry = () => {};
    return;
  }
  const { signal } = asking;
  const model = modelToAskFor();
  retry = () => compare(reference, candidates);
  work(0);
  try {
    const report = await service.score(reference, candidates, { model, signal, onUpload: (share) => work(share) });
    if (!signal.aborted) {
      shown = { report, reference, candidates, model };
      present(report);
    }
  } catch (error) {
    if (!signal.aborted) {
      const problem = await causeOf(error);
      pictures.blame(problem.detail ?? '');
      fail(problem);
    }
  } finally {
    if (!signal.aborted) {
      $('#work').hidden = true;
    }
  }
}

/** Browsers say of a file that they can't read no more than that the request failed. */
async function causeOf(error) {
  const unreadable = error.status === 0 && (await pictures.unreadable());
  return unreadable
    ? new service.Problem({
        title: 'A picture can’t be read',
        detail: `${unreadable.name}: the file was changed, moved or deleted after you chose it; choose it again`,
      })
    : error;
}

/** Ends what is being asked, and takes away what was shown of it. */
function begin() {
  asking.abort();
  asking = new AbortController();
  for (const { url } of heatmaps.values()) {
    URL.revokeObjectURL(url);
  }
  heatmaps = new Map();
  shown = undefined;
  for (const id of ['#work', '#problem', '#key']) {
    $(id).hidden = true;
  }
  pictures.blame('');
}

function work(share) {
  const uploading = share !== null && share < 1;
  const text = uploading ? `Uploading, ${Math.round(100 * share)}%` : 'Scoring…';
  if (uploading && share > 0) {
    $('#bar').value = share;
  } else {
    $('#bar').removeAttribute('value');
  }
  $('#work-text').textContent = text;
  $('#work').hidden = false;
}

$('#cancel').addEventListener('click', () => {
  begin();
  say('Cancelled');
  fail(new service.Problem({ title: 'Cancelled', detail: 'Nothing was scored.', passes: true }));
});

// ---- what went wrong

function fail(error) {
  if (!(error instanceof service.Problem)) {
    throw error;
  }
  if (error.status === 401) {
    askForKey();
    return;
  }
  const box = $('#problem');
  box.querySelector('h2').textContent = error.title;
  const wait = error.retryAfter > 0 ? ` The service asks to wait ${error.retryAfter} s.` : '';
  box.querySelector('.detail').textContent = error.detail + wait;
  box.querySelector('.request').hidden = !error.requestId;
  box.querySelector('code').textContent = error.requestId;
  box.querySelector('button').hidden = !error.passes;
  box.hidden = false;
}

$('#problem button').addEventListener('click', () => retry());

function askForKey() {
  const refused = service.key.get() !== null;
  service.key.forget();
  showWhetherThereIsAKey();
  $('#key h2').textContent = refused ? 'The server refuses this key' : 'This server asks for a key';
  $('#key').hidden = false;
  $('#key-value').value = '';
  $('#key-value').focus();
}

$('#key').addEventListener('submit', (event) => {
  event.preventDefault();
  service.key.set($('#key-value').value.trim());
  $('#key-value').value = '';
  $('#key').hidden = true;
  showWhetherThereIsAKey();
  retry();
});

$('#forget-key').addEventListener('click', () => {
  service.key.forget();
  showWhetherThereIsAKey();
  say('The key is forgotten');
});

function showWhetherThereIsAKey() {
  $('#forget-key').hidden = service.key.get() === null;
}

// ---- the result

function present(report) {
  const { results } = report;
  const first = results.reduce((best, { total }, i) => (total < (results[best]?.total ?? Infinity) ? i : best), -1);
  if (first === -1) {
    showCandidates(results, first, () => {});
    fail(new service.Problem({ title: 'No candidate can be scored', detail: results.map(({ error }) => error).join(' · ') }));
    return;
  }
  $('#save-json').href = `data:application/json,${encodeURIComponent(JSON.stringify(report, null, 2))}`;
  $('#save-json').download = 'score.json';
  const layer = $('#layer');
  layer.replaceChildren(new Option('all layers', ''), ...results[first].layers.map(({ name }) => new Option(name)));
  showCandidates(results, first, choose);
  $('#result').hidden = false;
  choose(first);
}

/** Shows one of the candidates. */
async function choose(index) {
  shown.chosen = index;
  const { report, candidates } = shown;
  const result = report.results[index];
  showResult(result);
  if (candidates[index].shown === undefined) {
    showSides(); // Until it is decoded, there would be another one's.
  }
  await pictures.candidates.show(candidates[index]);
  if (shown?.report !== report || shown.chosen !== index) {
    return; // Something else is shown already.
  }
  showSides();
  say(`Score ${number(result.total)}: ${result.candidate} against ${result.reference}`);
}

function showSides() {
  if (!shown) {
    return;
  }
  const wanted = document.querySelector('input[name=sides]:checked').value.split(' ');
  const { provenance } = shown.report.results[shown.chosen];
  const { width, height } = provenance;
  const heatmap = wanted.includes('heatmap') ? heatmapNow() : undefined;
  showHeatmapParts(heatmap, height);
  const sides = { heatmap: () => heatmapSide(heatmap), reference: () => side('reference', shown.reference, provenance) };
  sides.candidate = () => side('candidate', shown.candidates[shown.chosen], provenance);
  swipe.show(...wanted.map((name) => sides[name]()), width, height);
}

function side(name, picture, { width, height, policies }) {
  if (!picture.shown) {
    const whyNot = `Your browser can’t show ${picture.name}. Percept can read it.`;
    return { name, missing: picture.shown === undefined ? `Reading ${picture.name}…` : whyNot };
  }
  // Cropped pictures keep their pixels and lose some on the right and below; resized ones fill the frame.
  const cropped = policies.size_mismatch === 'crop' && !policies.resize;
  return { name, url: picture.url, width: cropped ? picture.width : width, height: cropped ? picture.height : height };
}

/** The heat map that is wanted now as far as it is there; asks for it if it isn't, and shows it when it comes. */
function heatmapNow() {
  const { reference, candidates, chosen, model } = shown;
  const id = heatmapId();
  if (!heatmaps.has(id)) {
    heatmaps.set(id, {});
    ask(id, () => service.heatmap(reference, candidates[chosen], $('#layer').value, { model, signal: asking.signal }));
  }
  return heatmaps.get(id);
}

function heatmapId() {
  return `${shown.chosen} ${$('#layer').value}`;
}

async function ask(id, request) {
  const of = heatmaps;
  try {
    const url = URL.createObjectURL(await request());
    const image = new Image();
    image.src = url;
    await image.decode();
    of.set(id, { url, width: image.naturalWidth, height: image.naturalHeight });
  } catch (error) {
    of.set(id, { error });
  }
  if (of === heatmaps) {
    showSides();
  }
}

function heatmapSide({ url, width, height, error }) {
  return url
    ? { name: 'heat map', url, width, height }
    : { name: 'heat map', missing: error ? 'There is no heat map.' : 'The heat map is being made…' };
}

/** What is around the picture of a heat map: its legend, which is the rest of the same PNG below the picture, and its problem. */
function showHeatmapParts(heatmap, height) {
  const legend = $('#legend');
  legend.hidden = !(heatmap?.height > height);
  if (!legend.hidden) {
    legend.style.setProperty('--ratio', heatmap.width / (heatmap.height - height));
    legend.querySelector('img').src = heatmap.url;
  }
  $('#heatmap-parts').hidden = !heatmap;
  const save = $('#save-heatmap');
  save.hidden = !heatmap?.url;
  save.href = heatmap?.url ?? '';
  save.download = 'heatmap.png';
  const { error } = heatmap ?? {};
  $('#heatmap-problem').hidden = !error;
  $('#heatmap-problem span').textContent = [error?.title ?? error?.message, error?.detail].filter(Boolean).join('. ');
  $('#heatmap-problem button').hidden = !error?.passes;
}

$('#heatmap-problem button').addEventListener('click', () => {
  heatmaps.delete(heatmapId());
  showSides();
});
$('#sides').addEventListener('change', showSides);
$('#layer').addEventListener('change', showSides);

/** For who can't see: a status that is read out. */
function say(text) {
  $('#spoken').textContent = text;
}

// ---- the service

async function showService() {
  const line = $('#service');
  try {
    ({ models } = await service.ready());
    $('#model').replaceChildren(...models.map(({ name }) => new Option(name)));
    $('#models').hidden = models.length === 1;
    showModel();
  } catch (error) {
    line.textContent = error.status ? error.detail : 'not reached';
    line.className = 'service';
    setTimeout(showService, NOT_READY_PAUSE_MS);
  }
}

function showModel() {
  const line = $('#service');
  const { name, provider, precision, fallback } = models[Math.max(0, $('#model').selectedIndex)];
  line.textContent = models.length === 1 ? `${name} on ${provider}, ${precision}` : `on ${provider}, ${precision}`;
  line.title = fallback ?? '';
  line.className = 'service ready';
}

/** None where there is nothing to choose. */
function modelToAskFor() {
  return models.length > 1 ? $('#model').value : undefined;
}

$('#model').addEventListener('change', () => {
  showModel();
  retry();
});

showWhetherThereIsAKey();
showService();

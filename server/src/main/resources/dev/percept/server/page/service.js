// SPDX-License-Identifier: Apache-2.0
// Talks to the service: one function for each of its endpoints that the page uses.

const KEY = 'percept.key';

/** What is wrong instead of an answer, as it can be shown. */
export class Problem extends Error {
  constructor({ title, detail, status = 0, requestId = '', passes = false, retryAfter = 0 }) {
    super(title);
    Object.assign(this, { title, detail, status, requestId, passes, retryAfter });
  }
}

export const key = {
  get: () => sessionStorage.getItem(KEY),
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

/** What the service runs: {status, models: [{name, provider, precision, fallback?}]}, the default one first. */
export async function ready(signal) {
  return JSON.parse(await (await send('GET', 'health/ready', { signal })).text());
}

/** Scores candidates with a model, or with the default one: the report, as an object. */
export async function score(reference, candidates, { model, signal, onUpload }) {
  const answer = await send('POST', `v1/score${query({ model })}`, { body: form(reference, candidates), signal, onUpload });
  return JSON.parse(await answer.text());
}

/** The heat map of one candidate as a PNG: of all layers, or of the named one. */
export async function heatmap(reference, candidate, layer, { model, signal }) {
  return send('POST', `v1/heatmap${query({ layer, model })}`, { body: form(reference, [candidate]), signal });
}

/** Those parameters that have a value. */
function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

function form(reference, candidates) {
  const data = new FormData();
  data.append('reference', reference.file, reference.name);
  for (const candidate of candidates) {
    data.append('candidate', candidate.file, candidate.name);
  }
  return data;
}

/** Resolves to a Blob. Not fetch, which doesn't say how much of a body has been sent. */
function send(method, path, { body, signal, onUpload } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, path);
    request.responseType = 'blob';
    if (key.get()) {
      request.setRequestHeader('Authorization', `Bearer ${key.get()}`);
    }
    if (onUpload) {
      request.upload.onprogress = (event) => onUpload(event.lengthComputable ? event.loaded / event.total : null);
      request.upload.onload = () => onUpload(1);
    }
    request.onload = async () => {
      if (request.status === 200) {
        resolve(request.response);
      } else {
        reject(await problemOf(request));
      }
    };
    request.onerror = () =>
      reject(
        new Problem({
          title: 'The service can’t be reached',
          detail: 'It may have stopped, or the network is gone. Your pictures are still here.',
          passes: true,
        }),
      );
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(body);
  });
}

async function problemOf(request) {
  const { status } = request;
  const retryAfter = request.getResponseHeader('Retry-After');
  const common = {
    status,
    retryAfter: Number(retryAfter) || 0,
    passes: retryAfter !== null || status === 408 || status === 429 || status >= 500,
  };
  try {
    const { title, detail, request_id: requestId } = JSON.parse(await request.response.text());
    return new Problem({ ...common, title, detail, requestId });
  } catch {
    // Not from Percept: a proxy in between, for instance.
    return new Problem({
      ...common,
      title: `The answer was ${status} ${request.statusText}`.trim(),
      detail: 'It does not come from Percept; something between this page and the service answered.',
    });
  }
}

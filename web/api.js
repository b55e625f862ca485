// web/api.js — asks the gateway; keeps the token for this tab only; follows the live events through fetch, which can carry it.
const tokenKey = 'sluse-token';

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}
export const setToken = (token) => sessionStorage.setItem(tokenKey, token);

function headers() {
  const token = sessionStorage.getItem(tokenKey);
  return token ? {Authorization: `Bearer ${token}`} : {};
}

export async function get(path) {
  const answer = await fetch(path, {headers: headers(), cache: 'no-store'});
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, problem.detail ?? answer.statusText);
}

/// Titles of all indicators by id; none when they cannot be had.
export async function titles() {
  const {indicators} = await get('/api/v1/indicators').catch(() => ({indicators: []}));
  return new Map(indicators.map((indicator) => [indicator.id, indicator.title]));
}

export async function ready() {
  const answer = await fetch('/readyz?verbose', {cache: 'no-store'});
  const lines = (await answer.text()).trim().split('\n');
  return {verdict: lines.pop(), ok: answer.ok, checks: lines.map((line) => /^(.+?): (\w+)(?: \((.*)\))?$/.exec(line)).filter(Boolean).map(([, name, state, detail]) => ({name, state, detail}))};
}

/// Calls handlers[event](data) for each event and `state('live' | 'lost')`; comes back by itself after a break.
export async function follow(handlers, state) {
  for (;;) {
    try {
      const answer = await fetch('/api/v1/live', {headers: headers(), cache: 'no-store'});
      if (!answer.ok) throw new Refused(answer.status, '');
      state('live');
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ''; ;) {
        const {value, done} = await reader.read();
        if (done) break;
        text += value;
        const events = text.split('\n\n');
        text = events.pop();
        for (const event of events) {
          const name = /^event: (.*)$/m.exec(event)?.[1];
          const data = /^data: (.*)$/m.exec(event)?.[1];
          if (name && data) handlers[name]?.(JSON.parse(data));
        }
      }
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return state('lost'); // signing in starts it again
    }
    state('lost');
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

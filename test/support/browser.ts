/** Debian's Chromium without a screen, driven over its DevTools protocol. */

import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import type { Place } from './place.ts';
import { until } from './until.ts';

const programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const program = programs.find((each) => fs.existsSync(each));

/** Why there is no browser here; false where there is one. */
export const withoutBrowser =
  program === undefined && 'no Chromium is installed (Debian: apt install chromium)';

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
}

export class Browser {
  readonly #child: ChildProcess;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  /** What the page has written to its console, and what was refused in it. */
  readonly complaints: string[] = [];
  /** The addresses that it has asked for. */
  readonly asked: string[] = [];
  #count = 0;

  private constructor(child: ChildProcess, socket: WebSocket) {
    this.#child = child;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(String(data))));
  }

  static async open(place: Place): Promise<Browser> {
    const profile = place.path('browser');
    const flags = [
      ...[
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--hide-scrollbars',
      ],
      ...['--no-first-run', '--disable-background-networking', '--disable-component-update'],
      ...['--disable-extensions', '--host-resolver-rules=MAP evil.example 127.0.0.1'],
      ...[`--user-data-dir=${profile}`, '--remote-debugging-port=0', 'about:blank'],
    ];
    const child = spawn(program ?? '', flags, {
      env: place.environment({ HOME: place.directory }),
      stdio: 'ignore',
      detached: true,
    });
    const portFile = path.join(profile, 'DevToolsActivePort');
    const port = await until(
      'the browser listens',
      () => fs.existsSync(portFile) && fs.readFileSync(portFile, 'utf8').split('\n')[0],
      { timeoutMs: 60_000 },
    );
    const url = await until('it has a page', async () => {
      const pages: unknown = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
      return (
        Array.isArray(pages) && pages.find(({ type }) => type === 'page')?.webSocketDebuggerUrl
      );
    });
    const socket = new WebSocket(String(url));
    await new Promise((open) => socket.addEventListener('open', open, { once: true }));
    const browser = new Browser(child, socket);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
      await browser.#send(`${domain}.enable`);
    return browser;
  }

  async goTo(url: string): Promise<void> {
    await this.#send('Page.navigate', { url });
  }

  async show(width: number, theme: 'dark' | 'light'): Promise<void> {
    const size = { width, height: 900, deviceScaleFactor: 1, mobile: false };
    await this.#send('Emulation.setDeviceMetricsOverride', size);
    const features = [{ name: 'prefers-color-scheme', value: theme }];
    await this.#send('Emulation.setEmulatedMedia', { features });
  }

  /** The value of an expression in the page; a promise is waited for. */
  async evaluate(expression: string): Promise<unknown> {
    const terms = { expression, awaitPromise: true, returnByValue: true };
    const { result } = await this.#send('Runtime.evaluate', terms);
    return typeof result === 'object' && result !== null && 'value' in result && result.value;
  }

  /** The text that a person sees. */
  async text(): Promise<string> {
    return String(await this.evaluate('document.body.innerText'));
  }

  /** The whole page as a PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.#send('Page.captureScreenshot', { captureBeyondViewport: true });
    return Buffer.from(String(data), 'base64');
  }

  async close(): Promise<void> {
    const ended = new Promise((end) => this.#child.once('exit', end));
    this.#socket.send(JSON.stringify({ id: 0, method: 'Browser.close' }));
    await ended;
  }

  async #send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    this.#count += 1;
    const id = this.#count;
    const reply = await new Promise<Reply>((take) => {
      this.#waiting.set(id, take);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
    if (reply.error !== undefined) throw new Error(`${method}: ${JSON.stringify(reply.error)}`);
    return reply.result ?? {};
  }

  #take(reply: Reply): void {
    const { id, method = '', params = {} } = reply;
    if (id !== undefined) this.#waiting.get(id)?.(reply);
    const isComplaint = ['Log.entryAdded', 'Runtime.exceptionThrown', 'Runtime.consoleAPICalled'];
    if (isComplaint.includes(method)) this.complaints.push(JSON.stringify(params));
    if (method === 'Network.requestWillBeSent') {
      this.asked.push(JSON.stringify(params['request'], ['url']));
    }
  }
}

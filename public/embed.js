/**
 * <hotplug-lab> shows a scenario of Hotplug Lab in a page of yours:
 *
 *   <script type="module" src="https://example.org/lab/embed.js"></script>
 *   <hotplug-lab scenario="first-offline" autoplay></hotplug-lab>
 *
 * Attributes: scenario (a name of the library), link (a whole link) or text inside the element (a scenario as text); start, end, loop, autoplay, panels, theme, lang, readonly.
 * Methods: load({ link | text }), seek(command, events), play(), pause(), state(): promises. Events: ready, caption, lab-event, done.
 */
const HOME = new URL('./', import.meta.url);
const PARAMETERS = ['start', 'end', 'loop', 'autoplay', 'panels', 'theme', 'lang', 'readonly'];
const VERSION = 1;

class HotplugLab extends HTMLElement {
  #frame = document.createElement('iframe');
  #waiting = new Map();
  #next = 1;
  #ready = false;

  connectedCallback() {
    const address = new URL(HOME);
    address.searchParams.set('embed', '1');
    address.searchParams.set('origins', location.origin);
    for (const name of PARAMETERS) if (this.hasAttribute(name)) address.searchParams.set(name, this.getAttribute(name) || '1');
    const link = this.getAttribute('link');
    const scenario = this.getAttribute('scenario');
    const text = this.textContent.trim();
    address.hash = link ? new URL(link, HOME).hash : scenario ? `s=${scenario}` : '';
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(':host { display: block; height: 420px } iframe { width: 100%; height: 100%; border: 0 }');
    shadow.adoptedStyleSheets = [sheet];
    this.#frame.title = this.getAttribute('title') ?? 'Hotplug Lab';
    this.#frame.loading = 'lazy';
    this.#frame.allow = 'fullscreen; cross-origin-isolated';
    this.#frame.src = address.href;
    shadow.replaceChildren(this.#frame);
    addEventListener('message', this.#hear);
    this.#greet(text);
  }
  disconnectedCallback() {
    removeEventListener('message', this.#hear);
  }

  /** Asks until the frame answers: it may not have loaded yet. */
  #greet(text) {
    const timer = setInterval(() => {
      if (!this.isConnected || this.#ready) clearInterval(timer);
      else this.#post({ type: 'ping', id: 0 });
    }, 200);
    this.addEventListener('ready', () => { if (text && !this.hasAttribute('link') && !this.hasAttribute('scenario')) void this.load({ text }); }, { once: true });
  }
  #post(message) {
    this.#frame.contentWindow?.postMessage({ hotplugLab: VERSION, ...message }, HOME.origin);
  }
  #hear = ({ source, origin, data }) => {
    if (source !== this.#frame.contentWindow || origin !== HOME.origin || data?.hotplugLab !== VERSION) return;
    if (data.type === 'pong' && data.ready && !this.#ready) {
      this.#ready = true;
      this.dispatchEvent(new CustomEvent('ready'));
    }
    const waiting = this.#waiting.get(data.id);
    if (waiting) {
      this.#waiting.delete(data.id);
      if (data.type === 'refused') waiting.reject(new Error(data.reason));
      else waiting.resolve(data);
    } else if (data.type === 'event') this.dispatchEvent(new CustomEvent('lab-event', { detail: data }));
    else if (data.type === 'caption' || data.type === 'done') this.dispatchEvent(new CustomEvent(data.type, { detail: data }));
  };
  #ask(message) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#post({ ...message, id });
    });
  }
  load(what) { return this.#ask({ type: 'load', ...what }); }
  seek(command, events = 0) { return this.#ask({ type: 'seek', command, events }); }
  play() { return this.#ask({ type: 'play' }); }
  pause() { return this.#ask({ type: 'pause' }); }
  state() { return this.#ask({ type: 'state' }); }
}
customElements.define('hotplug-lab', HotplugLab);

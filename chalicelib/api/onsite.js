// Shows the messages that wait for this visitor. docs/ONSITE.md says how to put it into a page and how to style it.
//
// It asks one server, the one it came from; it evaluates nothing, writes no markup, and puts whatever it is told into
// the page as text. Where there is no id of a visitor it asks nothing at all.
(() => {
  "use strict";
  const tag = document.currentScript;
  if (!tag || window.perennialOnsite) return;
  const options = { ...tag.dataset };
  const base = options.host ? options.host.replace(/\/?$/, "/") : tag.src.replace(/onsite\.js.*$/, "");
  const MEMORY = "perennial_onsite";
  const DAY = 86400000;
  let shown = null;
  let armed = [];
  let visits = 0;

  // --- what the browser keeps -----------------------------------------------------------------------------------------
  // Storage may be switched off: then a message is remembered as long as the page lives.
  let kept = {};
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const memory = () => {
    try {
      kept = JSON.parse(stored(MEMORY)) || kept;
    } catch {
      kept = {};
    }
    return kept;
  };
  const remember = (id, more) => {
    const all = memory();
    all[id] = { ...all[id], ...more, at: Date.now() };
    for (const old of Object.keys(all)) if (Date.now() - all[old].at > 90 * DAY) delete all[old];
    kept = all;
    try {
      localStorage.setItem(MEMORY, JSON.stringify(all));
    } catch {
      kept = all;
    }
  };
  const cookie = (name) => {
    const found = document.cookie.split("; ").find((one) => one.startsWith(name + "="));
    try {
      return found && decodeURIComponent(found.slice(name.length + 1));
    } catch {
      return null;
    }
  };

  // --- whose page it is: the id that the tracking SDK goes by -----------------------------------------------------------
  const plain = (value) => {
    if (typeof value !== "string" || !value) return null;
    try {
      const rudder = value.replace(/^"|"$/g, "").match(/^RS_ENC_v3_(.+)$/);
      const said = JSON.parse(rudder ? atob(rudder[1]) : value);
      return typeof said === "string" ? said : null;
    } catch {
      return /^[\w.:@-]+$/.test(value) ? value : null;
    }
  };
  const told = (ask) => {
    try {
      const id = ask();
      return typeof id === "string" && id ? id : null;
    } catch {
      return null;
    }
  };
  const visitor = () =>
    options.anonymousId ||
    told(() => window.rudderanalytics.getAnonymousId()) ||
    told(() => window.analytics.user().anonymousId()) ||
    ["ajs_anonymous_id", "rl_anonymous_id", "__eventn_id", "perennial_anonymous_id"]
      .flatMap((name) => [plain(stored(name)), plain(cookie(name))])
      .find(Boolean);
  const who = () => {
    const said = { writeKey: options.writeKey };
    const id = visitor();
    if (id) said.anonymousId = id;
    if (options.userId && options.userHash) Object.assign(said, { userId: options.userId, userHash: options.userHash });
    return said.anonymousId || said.userId ? said : null;
  };

  // --- asking and telling ----------------------------------------------------------------------------------------------
  const tell = (message, did, more) =>
    fetch(base + "v1/onsite", {
      method: "POST",
      keepalive: true,
      credentials: "omit",
      body: JSON.stringify({ ...who(), id: message.id, did, locale: message.locale, page: location.pathname.slice(0, 500), ...more }),
    }).then((answer) => {
      if (!answer.ok) throw new Error("perennial: " + answer.status);
      remember(message.id, { told: did });
      document.dispatchEvent(new CustomEvent("perennial-onsite", { detail: { id: message.id, did } }));
    });
  const quietly = (sent) => sent.catch((error) => console.warn(String(error)));
  const end = (message, did) => {
    remember(message.id, { over: did });
    quietly(tell(message, did));
  };

  // --- where and when ----------------------------------------------------------------------------------------------------
  const fits = (pattern, address) => {
    const parts = pattern.split("*");
    const last = parts.pop();
    if (!parts.length) return address === last;
    if (!address.startsWith(parts[0])) return false;
    let at = parts[0].length;
    for (const part of parts.slice(1)) {
      const found = address.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return address.length - at >= last.length && address.endsWith(last);
  };
  const here = (pattern) => {
    const path = location.pathname + (pattern.includes("?") ? location.search : "");
    return fits(pattern, pattern.startsWith("http") ? location.origin + path : path);
  };
  const wanted = ({ id, show, until }) => {
    const { count = 0, at = 0, over } = memory()[id] || {};
    const rested = !count || Date.now() - at >= show.pause * 1000;
    const on = !show.pages || show.pages.some(here);
    return !over && count < show.times && rested && on && !(show.not_on || []).some(here) && Date.parse(until) > Date.now();
  };
  const seen = () => {
    const page = document.documentElement;
    return (100 * (window.scrollY + innerHeight)) / Math.max(page.scrollHeight, 1);
  };
  const disarm = () => armed.splice(0).forEach((undo) => undo());
  const arm = (message) => {
    const { after = 0, scroll = 0 } = message.show;
    const ripe = Date.now() + after * 1000;
    const look = () => {
      if (shown || document.hidden || Date.now() < ripe || seen() < scroll || !wanted(message)) return;
      disarm();
      open(message);
    };
    const timer = setTimeout(look, after * 1000 + 1);
    addEventListener("scroll", look, { passive: true });
    document.addEventListener("visibilitychange", look);
    armed.push(() => {
      clearTimeout(timer);
      removeEventListener("scroll", look);
      document.removeEventListener("visibilitychange", look);
    });
  };
  const page = () => {
    const visit = ++visits;
    disarm();
    if (document.prerendering) return document.addEventListener("prerenderingchange", page, { once: true });
    const asking = who();
    if (!asking || !asking.writeKey || shown) return;
    const locale = options.locale || document.documentElement.lang || navigator.language || "";
    const query = new URLSearchParams({ ...asking, locale: locale.slice(0, 35) });
    quietly(
      fetch(base + "v1/onsite?" + query, { credentials: "omit" }).then(async (answer) => {
        if (!answer.ok) throw new Error("perennial: " + answer.status);
        const { messages } = await answer.json();
        if (visit !== visits) return;
        for (const message of messages) {
          const { over, told: heard } = memory()[message.id] || {};
          if (over && over !== heard && over !== "submitted") end(message, over);
        }
        const next = messages.find(wanted);
        if (next) arm(next);
      }),
    );
  };

  // --- what it looks like --------------------------------------------------------------------------------------------------
  const STYLE = `
    :host { all: initial }
    * { box-sizing: border-box; font: inherit; color: inherit }
    .box {
      font: 400 var(--perennial-size, 16px)/1.5 var(--perennial-font, system-ui, sans-serif);
      color: var(--perennial-ink, #1a1a1a); background: var(--perennial-paper, #fff);
      border: 1px solid var(--perennial-line, #767676); border-radius: var(--perennial-radius, 12px);
      box-shadow: var(--perennial-shadow, 0 8px 32px rgba(0, 0, 0, .24));
      padding: 1.5em; width: min(var(--perennial-width, 28em), calc(100vw - 32px));
      max-height: calc(100vh - 32px); overflow: auto; overflow-wrap: anywhere
    }
    .corner, .bar { position: fixed; z-index: var(--perennial-z, 2147483000); inset: auto 16px 16px auto }
    .bar { inset: auto 0 0 0; width: auto; border-radius: 0; border-width: 1px 0 0 }
    ::backdrop { background: var(--perennial-backdrop, rgba(0, 0, 0, .5)) }
    h2 { font-size: 1.25em; font-weight: 700; line-height: 1.3; margin: 0 2em .5em 0 }
    p, fieldset, .field { margin: 0 0 1em; padding: 0; border: 0; display: block }
    legend { padding: 0 }
    .row { display: flex; gap: .6em; align-items: flex-start; padding: .3em 0 }
    .row input { flex: none; width: 1.3em; height: 1.3em; margin: .1em 0; accent-color: var(--perennial-accent, #1a4fb4) }
    .input {
      display: block; width: 100%; min-height: 44px; padding: .5em .75em; margin-top: .25em;
      background: var(--perennial-paper, #fff);
      border: 1px solid var(--perennial-line, #767676); border-radius: calc(var(--perennial-radius, 12px) / 2)
    }
    .button {
      display: block; width: 100%; min-height: 44px; padding: .6em 1.25em; text-align: center; text-decoration: none;
      font-weight: 600; cursor: pointer; border: 0; border-radius: calc(var(--perennial-radius, 12px) / 2);
      color: var(--perennial-on-accent, #fff); background: var(--perennial-accent, #1a4fb4)
    }
    .bar .button { width: auto; display: inline-block }
    .button[aria-disabled=true] { opacity: .6 }
    .close {
      position: absolute; inset: 4px 4px auto auto; width: 44px; height: 44px; border: 0; background: none;
      cursor: pointer; font-size: 1.5em; line-height: 1; color: var(--perennial-quiet, #5c5c5c)
    }
    :focus-visible { outline: 3px solid var(--perennial-focus, #1a4fb4); outline-offset: 2px }
    .wrong { color: var(--perennial-wrong, #b00020) }
    @media (prefers-reduced-motion: no-preference) {
      .box { animation: come .2s ease-out }
      @keyframes come { from { opacity: 0; transform: translateY(12px) } }
    }`;
  const make = (name, attributes, ...inside) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== false) made.setAttribute(key, value === true ? "" : value);
    made.append(...inside.filter((each) => each !== null && each !== undefined));
    return made;
  };
  const paragraphs = (text) => (text || "").split(/\n\s*\n/).filter((one) => one.trim()).map((one) => make("p", { part: "text" }, one.trim()));
  const root = () => {
    const host = make("perennial-onsite", {});
    const inside = host.attachShadow({ mode: "open" });
    if (inside.adoptedStyleSheets && window.CSSStyleSheet && CSSStyleSheet.prototype.replaceSync) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      inside.adoptedStyleSheets = [sheet];
    } else {
      inside.append(make("style", tag.nonce ? { nonce: tag.nonce } : {}, STYLE));
    }
    document.body.append(host);
    return { host, inside };
  };
  const leading = (url) => {
    try {
      const whole = new URL(url, location.href);
      return /^https?:$/.test(whole.protocol) ? whole.href : null;
    } catch {
      return null;
    }
  };
  const field = ({ label, ...attributes }) => {
    const long = attributes.type === "words";
    const input = make(long ? "textarea" : "input", { ...attributes, type: long ? false : attributes.type, id: "f-" + attributes.name, class: "input", part: "input" });
    return make("div", { class: "field" }, make("label", { for: input.id, part: "label" }, label), input);
  };
  const choice = ({ name, label, choices, required }) =>
    make(
      "fieldset",
      {},
      make("legend", { part: "label" }, label),
      ...choices.map((one) => make("label", { class: "row" }, make("input", { type: "radio", name, value: one.value, required: !!required }), one.label)),
    );
  const asked = (form) => [
    form.email && field({ label: form.email, type: "email", name: "email", required: true, autocomplete: "email", maxlength: "254" }),
    form.phone && field({ label: form.phone, type: "tel", name: "phone", required: true, autocomplete: "tel", maxlength: "40" }),
    ...(form.questions || []).map((one) =>
      (one.choices || []).length
        ? choice({ ...one, name: "q-" + one.name })
        : field({ label: one.label, type: "words", name: "q-" + one.name, required: !!one.required, maxlength: "2000", rows: "3" }),
    ),
    form.consent &&
      make(
        "label",
        { class: "row", part: "consent" },
        make("input", { type: "checkbox", name: "consent", required: !!form.consent.required }),
        form.consent.label,
      ),
  ];
  const answers = (form) => {
    const said = { answers: {} };
    for (const [name, value] of new FormData(form)) {
      if (name === "email" || name === "phone") said[name] = value;
      else if (name === "consent") said.consent = true;
      else if (value) said.answers[name.slice(2)] = value;
    }
    return said;
  };

  const open = (message) => {
    const { host, inside } = root();
    const modal = message.show.as === "dialog" && !!window.HTMLDialogElement;
    const before = document.activeElement;
    const close = () => {
      if (!shown) return;
      shown = null;
      if (modal && box.open) box.close();
      const held = host.contains(document.activeElement) || document.activeElement === document.body;
      host.remove();
      if (held && before && before.focus) before.focus();
    };
    const dismiss = () => {
      if (!shown) return;
      if (!(memory()[message.id] || {}).over) end(message, "dismissed");
      close();
    };
    const title = make("h2", { id: "title", part: "title" }, message.title);
    const box = make(
      modal ? "dialog" : "section",
      { class: "box " + message.show.as, part: "box", "aria-labelledby": "title", lang: message.locale, ...(modal ? {} : { role: "region" }) },
      title,
      ...paragraphs(message.text),
    );
    const url = message.button && leading(message.button.url);
    if (url) {
      const link = make("a", { href: url, class: "button", part: "button" }, message.button.label);
      link.addEventListener("click", () => {
        end(message, "clicked");
        setTimeout(close);
      });
      box.append(link);
    }
    if (message.form) box.append(formed(message));
    const cross = make("button", { type: "button", class: "close", part: "close", "aria-label": message.close }, make("span", { "aria-hidden": "true" }, "\u00d7"));
    cross.addEventListener("click", dismiss);
    box.append(cross);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") dismiss();
      event.stopPropagation();
    });
    inside.append(modal ? box : make("div", { "aria-live": "polite" }));
    shown = { message, close };
    if (modal) {
      box.addEventListener("cancel", dismiss);
      box.addEventListener("click", (event) => {
        const { left, right, top, bottom } = box.getBoundingClientRect();
        const out = event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom;
        if (event.target === box && event.detail && out) dismiss();
      });
      box.showModal();
    } else {
      // Readers of screens say what is put into a region that they know already.
      setTimeout(() => inside.lastElementChild.append(box));
    }
    const { count = 0 } = memory()[message.id] || {};
    remember(message.id, { count: count + 1 });
    if (!count) quietly(tell(message, "viewed"));
  };
  const formed = (message) => {
    const wrong = make("p", { role: "alert", class: "wrong", part: "wrong" });
    const send = make("button", { type: "submit", class: "button", part: "button" }, message.form.submit);
    const form = make("form", { part: "form" }, ...asked(message.form).filter(Boolean), wrong, send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (send.getAttribute("aria-disabled") === "true") return;
      send.setAttribute("aria-disabled", "true");
      wrong.textContent = "";
      tell(message, "submitted", answers(form)).then(
        () => {
          remember(message.id, { over: "submitted" });
          const thanks = make("p", { role: "status", tabindex: "-1", part: "thanks" }, message.form.thanks);
          form.replaceWith(thanks);
          thanks.focus();
        },
        (error) => {
          console.warn(String(error));
          send.removeAttribute("aria-disabled");
          wrong.textContent = message.failed;
        },
      );
    });
    return form;
  };

  // --- beginning -----------------------------------------------------------------------------------------------------------
  window.perennialOnsite = {
    page,
    close: () => shown && shown.close(),
    identify: (more) => {
      Object.assign(options, more);
      page();
    },
  };
  // The SDK may come after this script. It is waited for twice; where nobody has an id nothing is asked.
  const waits = [1000, 4000];
  const begin = () => {
    if (!who() && waits.length) setTimeout(begin, waits.shift());
    else page();
  };
  if (window.navigation) navigation.addEventListener("currententrychange", page);
  else addEventListener("popstate", page);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();

// What is wrong with this page for somebody who hears it, touches it, or sees little: one sentence each, none if nothing.
(() => {
  const wrong = [];
  const say = (is, what) => is || wrong.push(what);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const told = (node) => (node.textContent || "").trim();

  say(["en", "it", "es", "ro"].includes(document.documentElement.lang), "the language is not said");
  say(document.title.trim(), "the page has no title");
  say(all("main").length === 1, "there must be one main");
  say(all("h1").length === 1, "there must be one h1");
  say(!all("script, [onclick], [onload], [onerror], iframe, object, embed").length, "something runs");
  say(document.querySelector('meta[name="viewport"]')?.content.includes("width=device-width"), "no viewport");
  say(!/user-scalable|maximum-scale/.test(document.querySelector('meta[name="viewport"]').content), "cannot be enlarged");

  const levels = all("h1, h2, h3, h4").map((node) => Number(node.tagName[1]));
  levels.forEach((level, at) => say(level <= (levels[at - 1] || 0) + 1, `a heading of level ${level} comes too early`));
  const ids = all("[id]").map((node) => node.id);
  ids.forEach((id, at) => say(ids.indexOf(id) === at, `the id ${id} is there twice`));
  all("img").forEach((node) => say(node.hasAttribute("alt"), `${node.src.slice(0, 40)} has no alternative`));
  all("input:not([type=hidden])").forEach((node) => {
    const name = [...node.labels].map(told).join(" ");
    say(name, `the field ${node.id} has no label`);
    const by = node.getAttribute("aria-describedby");
    say(!by || told(document.getElementById(by) || {}), `what describes ${node.id} is not there`);
    say(node.closest("fieldset"), `the field ${node.id} belongs to no group`);
  });
  all("fieldset").forEach((node) => say(told(node.querySelector(":scope > legend") || {}), "a group has no name"));
  all("button, a").forEach((node) => say(told(node) || node.querySelector("img[alt]"), "something to press has no name"));

  const room = document.documentElement;
  say(room.scrollWidth <= room.clientWidth, `it is ${room.scrollWidth} wide where ${room.clientWidth} is`);
  all("button, .tick label, a").forEach((node) => {
    const box = node.getBoundingClientRect();
    say(box.height >= 44, `${told(node)} is ${Math.round(box.height)} high: too small for a finger`);
  });

  // WCAG 2.1, 1.4.3 and 1.4.11
  const colour = (text) => text.match(/[\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const contrast = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  all("body *").filter((node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim())).forEach((node) => {
    const style = getComputedStyle(node);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const found = contrast(colour(style.color), behind(node));
    say(found >= (large ? 3 : 4.5), `${told(node).slice(0, 30)} has a contrast of ${found.toFixed(2)}`);
    say(size >= 12, `${told(node).slice(0, 30)} is ${size} pixels small`);
  });
  all("button").forEach((node) => {
    const edge = contrast(colour(getComputedStyle(node).borderTopColor), behind(node.parentElement));
    say(edge >= 3, `the edge of ${told(node)} has a contrast of ${edge.toFixed(2)}`);
  });
  return wrong;
})()

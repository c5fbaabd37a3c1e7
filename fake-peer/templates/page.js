"use strict";
// The fragment selects what is shown: `#headers/limit/1` a case, `#verdict=fail&q=pow` a filter.
(() => {
  const root = document.documentElement;
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const cases = all("details.case");
  const sections = all("section.area");
  const search = document.querySelector("input[type=search]");
  const chips = all("button[data-filter]");
  const links = all("nav.areas a");
  // Transcripts are not searched, since nearly every one contains every message.
  const words = new Map(cases.map((item) => {
    const parts = all(":scope > summary, :scope > .body > dl, .card", item);
    return [item, parts.map((part) => part.textContent).join(" ").toLowerCase()];
  }));

  const filter = { q: "", area: "", verdict: new Set(), level: new Set(), disagree: new Set() };
  const sets = ["verdict", "level", "disagree"];

  function fits(item) {
    const has = (key) => {
      const found = (item.dataset[key] ?? "").split(" ");
      return filter[key].size === 0 || found.some((value) => filter[key].has(value));
    };
    const area = item.parentElement.dataset.area;
    const terms = filter.q.toLowerCase().split(/\s+/);
    return (!filter.area || area === filter.area) && sets.every(has) &&
      terms.every((term) => words.get(item).includes(term));
  }

  function show() {
    let shown = 0;
    for (const item of cases) {
      item.hidden = !fits(item);
      shown += item.hidden ? 0 : 1;
    }
    for (const section of sections) {
      section.hidden = !section.querySelector("details.case:not([hidden])");
    }
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", filter[chip.dataset.filter].has(chip.dataset.value));
    }
    for (const link of links) {
      const current = link.dataset.area === filter.area;
      current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    }
    if (search.value !== filter.q) search.value = filter.q;
    document.querySelector("output.shown").value =
      shown === cases.length ? `${shown} cases` : `${shown} of ${cases.length} cases`;
    document.querySelector(".nothing").hidden = shown > 0;
  }

  function clear() {
    filter.q = filter.area = "";
    sets.forEach((key) => filter[key].clear());
  }

  function decode(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }

  function read() {
    const hash = decode(location.hash.slice(1));
    const linked = cases.find((item) => item.id === hash);
    clear();
    if (!linked) {
      const given = new URLSearchParams(location.hash.slice(1));
      filter.q = given.get("q") ?? "";
      filter.area = given.get("area") ?? "";
      for (const key of sets) {
        (given.get(key) ?? "").split(",").filter(Boolean).forEach((value) => filter[key].add(value));
      }
    }
    show();
    if (linked) {
      linked.open = true;
      linked.scrollIntoView({ block: "start" });
      linked.querySelector("summary").focus({ preventScroll: true });
    }
  }

  function write() {
    const given = new URLSearchParams();
    for (const key of sets) if (filter[key].size) given.set(key, [...filter[key]].join(","));
    if (filter.area) given.set("area", filter.area);
    if (filter.q) given.set("q", filter.q);
    // Commas and slashes are easier to read unescaped.
    const hash = given.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    show();
  }

  /** Moves the focus to the next or the previous case that is shown. */
  function move(step) {
    const shown = cases.filter((item) => !item.hidden);
    const at = shown.findIndex((item) => item.contains(document.activeElement));
    const next = shown[at < 0 ? (step > 0 ? 0 : shown.length - 1) : at + step];
    next?.querySelector("summary").focus();
  }

  const buttons = {
    clear: () => { clear(); write(); },
    open: (button) => {
      const open = button.textContent === "Open all";
      cases.forEach((item) => { item.open = open && !item.hidden; });
      button.textContent = open ? "Close all" : "Open all";
    },
    theme: () => theme(isDark() ? "light" : "dark"),
  };

  function isDark() {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    return (root.dataset.theme ?? system) === "dark";
  }

  function theme(name) {
    root.dataset.theme = name;
    // A page that was opened as a file may have no storage.
    try { localStorage.setItem("fake-peer-theme", name); } catch { /* The choice is not kept. */ }
  }

  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      clear();
      write();
      search.blur();
    } else if (event.target.matches("input, textarea")) {
      if (event.key === "Enter") { event.preventDefault(); move(1); }
    } else if (event.key === "/") {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "j" || event.key === "k") {
      move(event.key === "j" ? 1 : -1);
    }
  }

  root.classList.add("js");
  try {
    const kept = localStorage.getItem("fake-peer-theme");
    if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  } catch { /* There is no storage, so no choice was kept. */ }

  // Elements that stick below the filters need the height of the filters.
  const bar = document.querySelector(".filters");
  new ResizeObserver(() => root.style.setProperty("--bar-height", `${bar.offsetHeight}px`)).observe(bar);

  document.addEventListener("keydown", keys);
  document.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", () => { filter.q = search.value; write(); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const link = event.target.closest("nav.areas a");
    if (button?.dataset.do) {
      buttons[button.dataset.do](button);
    } else if (button?.dataset.filter) {
      const chosen = filter[button.dataset.filter];
      if (!chosen.delete(button.dataset.value)) chosen.add(button.dataset.value);
      write();
    } else if (link) {
      event.preventDefault();
      filter.area = filter.area === link.dataset.area ? "" : link.dataset.area;
      write();
      scrollTo({ top: Math.min(scrollY, document.querySelector(".columns").offsetTop - 80) });
    }
  });
  addEventListener("hashchange", read);
  read();
})();

const seen = [];
const press = (key, target = document.activeElement, shiftKey = false) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, cancelable: true }));
const edition = [...document.querySelectorAll("div[data-edition]")].find((one) => !one.hidden);
const picture = edition.querySelector(".board > svg"), panel = edition.querySelector(".panel");
const say = (name, value) => seen.push(`${name}=${value}`);
try {
  say("tools", !edition.querySelector(".tools").hidden);
  say("stops", picture.querySelectorAll('[tabindex="0"]').length);
  const first = picture.querySelector('.node[tabindex="0"]');
  first.focus();
  const step = (key) => { press(key); return document.activeElement.dataset.id ?? document.activeElement.dataset.ends; };
  say("right", step("ArrowRight"));
  say("down", step("ArrowDown"));
  say("up", step("ArrowUp"));
  say("left", step("ArrowLeft"));
  say("end", step("ArrowLeft"));
  press("Enter");
  say("open", !panel.hidden && panel.querySelector("h2").textContent);
  say("expanded", first.ownerDocument.querySelectorAll('[aria-expanded="true"]').length);
  say("focus", document.activeElement === panel);
  press("Escape");
  say("closed", panel.hidden);
  say("back", document.activeElement.dataset.id);
  const link = picture.querySelector('.link[aria-label*="SMS"], .link .badge').closest(".link");
  link.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  say("link", panel.textContent.includes("SMS"));
  panel.querySelector("button").click();
  say("button", panel.hidden);
  const wide = () => Number(picture.getAttribute("viewBox").split(" ")[2]), left = () => Number(picture.getAttribute("viewBox").split(" ")[0]);
  const whole = wide(), start = left();
  press("+", first); press("+", first);
  say("zoomed", wide() < whole && left() > start);
  const before = left();
  press("ArrowRight", first, true);
  say("panned", left() > before);
  press("0", first);
  say("whole", wide() === whole);
  edition.querySelector('[data-tool="in"]').click();
  say("tool", wide() < whole);
  [...document.querySelectorAll("nav button")].find((one) => one.lang === "en").click();
  say("lang", document.documentElement.lang);
  say("english", [...document.querySelectorAll("div[data-edition]")].filter((one) => !one.hidden).map((one) => one.lang).join());
  say("title", document.title);
} catch (error) {
  say("error", error.message);
}
document.body.dataset.seen = seen.join("|");

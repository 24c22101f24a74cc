// The page itself.

const content = JSON.parse(document.getElementById("data").textContent);
const page = document.getElementById("page");
applyTheme();
page.append(element("header", { class: "top" },
    element("div", {}, element("p", { class: "kind" }, content.kind), element("h1", {}, element("bdi", {}, visible(content.title))),
        element("p", { class: "subtitle" }, element("bdi", {}, visible(content.subtitle)))), themeSwitch()));
const contents = element("nav", { "aria-label": "Sections" });
page.append(contents);
for (const block of content.blocks) {
    // What cannot be drawn does not take the rest of the page along.
    try {
        page.append(render(block));
    } catch (error) {
        console.error(error);
        page.append(element("p", { class: "notices" }, "A part of this page could not be drawn: " + error));
    }
}
contents.append(...sections.map(([id, title]) => element("a", { href: "#" + id }, title)));
page.append(element("footer", {}, "Made by kedge report."));
applyTheme();

// Light and dark: the system's choice until the switch is used.

const systemTheme = window.matchMedia("(prefers-color-scheme: dark)");
const themeListeners = [];
let chosenTheme = null;
let isPrinting = false;

try {
    chosenTheme = window.localStorage.getItem("kedge-theme");
} catch (error) {
    // Pages from disk may have no storage; then the choice lasts as long as the page.
}

function isDark() {
    if (isPrinting) return false;
    return chosenTheme ? chosenTheme === "dark" : systemTheme.matches;
}

function applyTheme() {
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    for (const listener of themeListeners) listener();
}

function onTheme(listener) {
    themeListeners.push(listener);
}

function themeSwitch() {
    const button = element("button", { type: "button", class: "theme", onclick: () => {
        chosenTheme = isDark() ? "light" : "dark";
        try {
            window.localStorage.setItem("kedge-theme", chosenTheme);
        } catch (error) {
            // As above.
        }
        applyTheme();
    } });
    const label = () => {
        button.textContent = isDark() ? "\u2600 Light" : "\u263e Dark";
    };
    onTheme(label);
    label();
    return button;
}

systemTheme.addEventListener("change", applyTheme);
window.addEventListener("beforeprint", () => {
    isPrinting = true;
    applyTheme();
});
window.addEventListener("afterprint", () => {
    isPrinting = false;
    applyTheme();
});

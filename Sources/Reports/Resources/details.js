// What is known of one token: its numbers, and what both policies would rather have said.

const segmentNames = ["prompt", "expert prefix", "continuation"];

function tokenDetails(block, sequence, cell, chosen, choose) {
    const index = cell.first + chosen;
    const entry = block.table[sequence.t[index]] || [];
    const at = (key) => (sequence[key] ? sequence[key][index] : null);
    const [logP, logQ, ratio] = [value(at("lp")), value(at("lq")), value(at("l"))];
    const rank = (key) => (at(key) > 0 ? `, rank ${grouped(at(key))}` : "");
    const facts = [
        [block.kl_name, shown(at("kl"), 3)], ["KL(q \u2016 p)", shown(at("rkl"), 3)], ["JS", shown(at("js"), 3)],
        ["log-ratio", shown(at("l"), 3)], ["q / p", shown(Math.exp(ratio), 3)],
        ["q \u2212 p", shown(at("dp"), 3)], ["H(p)", shown(at("hp"), 3)], ["H(q)", shown(at("hq"), 3)],
    ];
    const wide = [
        ["p of the token", Number.isNaN(logP) ? "\u2013" : percent(Math.exp(logP)) + rank("rp")],
        ["q of the token", Number.isNaN(logQ) ? "\u2013" : percent(Math.exp(logQ)) + rank("rq")],
    ];
    if (sequence.adv) wide.push(["advantage", shown(at("adv"), 3)]);
    const place = [entry.length > 0 ? "token " + entry[0] : "unknown token", "position " + grouped(sequence.pos[index]),
        segmentNames[cell.segment]];
    return [
        element("div", { class: "shown-token" }, cell.count > 1
            ? element("bdi", {}, visible(cell.content, true)) : tokenText(block.table[sequence.t[index]])),
        cell.count > 1 ? radios(`${cell.count} tokens make this text`, Array.from({ length: cell.count }, (_, offset) =>
            tokenText(block.table[sequence.t[cell.first + offset]])), chosen, choose) : null,
        element("p", { class: "place" }, place.join(" \u00b7 ")),
        element("dl", { class: "measures" }, facts.map(([name, content]) => [element("dt", {}, name), element("dd", {}, content)]),
            wide.map(([name, content]) => [element("dt", {}, name), element("dd", { class: "wide" }, content)])),
        topLists(block, sequence, index),
    ].filter(Boolean);
}

function topLists(block, sequence, index) {
    const width = block.top;
    // The token of the text has the number that stands above.
    const share = (key, item) => {
        const log = item.place === sequence.t[index] && sequence["l" + key] ? value(sequence["l" + key][index]) : NaN;
        if (!Number.isNaN(log)) return Math.exp(log);
        return item.cost === null ? 0 : Math.exp(-item.cost / 1e5);
    };
    const list = (key) => Array.from({ length: width }, (_, rank) => ({
        place: sequence[key + "i"][index * width + rank],
        cost: sequence[key + "l"][index * width + rank],
    })).filter((item) => item.place >= 0).map((item) => ({ place: item.place, share: share(key, item) }));
    const both = { p: list("p"), q: list("q") };
    const column = (key, other, name) => element("div", { class: "toplist " + key }, element("h4", {}, name),
        element("ol", {}, both[key].map((item) => {
            const bar = element("i");
            bar.style.width = 100 * item.share + "%";
            const isHere = item.place === sequence.t[index];
            const isAlone = !both[other].some((candidate) => candidate.place === item.place);
            return element("li", { class: isHere ? "here" : null, title: isAlone ? "not in the other list" : null }, bar,
                element("span", { class: "what" }, tokenText(block.table[item.place])),
                element("span", { class: "sign" }, (isHere ? "\u25cf" : "") + (isAlone ? "\u25c7" : "")),
                element("span", { class: "number" }, percent(item.share)));
        })));
    return element("div", { class: "toplists" }, column("p", "q", "Reference p"), column("q", "p", "Policy q"),
        element("p", { class: "note" }, "\u25cf the token of the text   \u25c7 not in the other list"));
}

// Rollouts of one prompt side by side: what an expert wrote, and what the policy wrote on.

function rollouts(block) {
    return element("div", { class: "rollouts" },
        element("details", { class: "rolloutprompt", open: true }, element("summary", {}, "Prompt"),
            element("div", { class: "rollouttext", dir: "auto" }, visible(block.prompt, false, true))),
        element("div", { class: "rolloutcards" }, block.rollouts.map(rolloutCard)));
}

function rolloutCard(rollout) {
    return element("article", { class: "rollout", "aria-label": rollout.name }, element("h3", {}, rollout.name),
        element("dl", { class: "rolloutfacts" }, rollout.facts.map(([name, content]) =>
            element("div", {}, element("dt", {}, visible(name)), element("dd", {}, element("bdi", {}, visible(content)))))),
        rollout.prefix ? element("div", { class: "rolloutprefix" }, element("span", { class: "segmentname" }, "expert prefix"),
            element("div", { class: "rollouttext", dir: "auto" }, visible(rollout.prefix, false, true))) : null,
        element("div", { class: "rolloutown" }, element("span", { class: "segmentname" }, rollout.prefix ? "continuation" : "completion"),
            rollout.continuation ? element("div", { class: "rollouttext", dir: "auto" }, visible(rollout.continuation, false, true))
                : element("p", { class: "note" }, "Nothing was written.")));
}

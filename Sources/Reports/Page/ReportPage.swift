import Files
import JSON

/// A self-contained page of HTML: style, scripts and data lie inside, and nothing is fetched.
///
/// Swift says what the page shows, as a list of blocks of aggregated numbers; the scripts under Resources draw them. Text only
/// reaches the page as JSON, and from there the document as text nodes, so that it is never read as HTML. As a second fence the
/// page's content security policy admits only the page's own script and style, by their SHA-256, and no request at all.
public struct ReportPage: Sendable {
    /// What the page is about, on one line.
    public let title: String

    /// What the page is: "Diagnosis".
    let kind: String
    let subtitle: String
    let blocks: [PageBlock]

    init(kind: String, title: String, subtitle: String, blocks: [PageBlock]) {
        self.kind = kind
        self.title = HTMLText.clipped(title, to: 300)
        self.subtitle = HTMLText.clipped(subtitle)
        self.blocks = blocks
    }

    /// The page in UTF-8. The same content gives the same bytes. Linear in the size of the page.
    public func html() throws -> [UInt8] {
        let style = PackageResources.style
        let script = PackageResources.script
        let policy = try
            "default-src 'none'; style-src '\(Digest.source(style))'; script-src '\(Digest.source(script))'"
        let data = try ScriptData.bytes([
            "kind": .string(kind), "title": .string(title), "subtitle": .string(subtitle),
            "blocks": .array(blocks.map(\.node)),
        ])
        var page: [UInt8] = []
        page.reserveCapacity(data.count + style.count + script.count + 2048)
        page +=
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="\(policy); base-uri 'none'; form-action 'none'">
            <title>\(HTMLText.escaped("\(kind): \(title)"))</title>
            <style>
            """.utf8
        page += style
        page +=
            """
            </style>
            </head>
            <body>
            <noscript>This page draws its pictures with the scripts inside it. Allow them for this file to see them.</noscript>
            <div hidden><svg id="svg"></svg></div>
            <main id="page"></main>
            <script type="application/json" id="data">
            """.utf8
        page += data
        page += "</script>\n<script>".utf8
        page += script
        page += "</script>\n</body>\n</html>\n".utf8
        return page
    }

    /// Writes the page; the file appears under its name only when it is complete.
    ///
    /// - Throws: `FileError` when it exists and `overwrite` is false, or cannot be written.
    public func write(to path: String, overwrite: Bool) throws {
        try OutputFile.write(try html(), to: path, overwrite: overwrite)
    }
}

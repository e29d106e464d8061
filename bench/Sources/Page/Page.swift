import Foundation

/// A report as one HTML page that needs nothing else: the text, and plots as SVG.
struct Page {
    let text: String
    let charts: [any Chart]

    func write(to path: String) throws {
        do {
            try Data(html.utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw BenchFailure("the page cannot be written to \(path): \(error.localizedDescription)")
        }
    }

    private var html: String {
        let title = Page.escaped(String(text.prefix { $0 != "\n" }))
        let figures = charts.map { "<h2>\(Page.escaped($0.title))</h2>\n\($0.svg)" }.joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <title>\(title)</title>
            <style>
            body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
            h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
            pre { overflow-x: auto; background: #f6f6f4; padding: .8rem 1rem; font-size: .85rem; }
            svg { width: 100%; height: auto; }
            svg text { font: 12px system-ui, sans-serif; fill: #444; }
            </style>
            <h1>\(title)</h1>
            <pre>\(Page.escaped(text))</pre>
            \(figures)
            </html>

            """
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}

/// A plot.
protocol Chart {
    var title: String { get }
    var svg: String { get }
}

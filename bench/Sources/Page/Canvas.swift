/// Lines, bars and words of one SVG image with axes on the left and below.
struct Canvas {
    static let width = 860.0
    static let height = 260.0
    static let plotX = 60.0...840.0
    static let plotY = 28.0...220.0
    static let colors = ["#1f5fa8", "#c2571a", "#2d7d46", "#8a3b8f", "#a08a00", "#555555", "#00808a", "#b03060"]

    private var parts: [String] = []

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, color: String, dash: String = "") {
        let dashes = dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
        parts.append(
            "<line x1=\"\(px(x1))\" y1=\"\(px(y1))\" x2=\"\(px(x2))\" y2=\"\(px(y2))\" stroke=\"\(color)\"\(dashes)/>")
    }

    mutating func curve(_ points: [(x: Double, y: Double)], color: String) {
        let text = points.map { "\(px($0.x)),\(px($0.y))" }.joined(separator: " ")
        parts.append("<polyline points=\"\(text)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.6\"/>")
    }

    mutating func bar(x: Double, y: Double, width: Double, height: Double, color: String) {
        parts.append(
            "<rect x=\"\(px(x))\" y=\"\(px(y))\" width=\"\(px(width))\" height=\"\(px(height))\" fill=\"\(color)\" "
                + "fill-opacity=\"0.65\"/>")
    }

    mutating func word(_ text: String, x: Double, y: Double, anchor: String = "start", turned: Bool = false) {
        let turn = turned ? " transform=\"rotate(-90 \(px(x)) \(px(y)))\"" : ""
        parts.append(
            "<text x=\"\(px(x))\" y=\"\(px(y))\" text-anchor=\"\(anchor)\"\(turn)>\(Page.escaped(text))</text>")
    }

    /// The vertical axis with its grid, and what it counts.
    mutating func scale(_ axis: Axis, unit: String) {
        for tick in axis.ticks {
            let y = axis.position(tick)
            line(Canvas.plotX.lowerBound, y, Canvas.plotX.upperBound, y, color: "#e4e4e0")
            word(Axis.label(tick), x: Canvas.plotX.lowerBound - 6, y: y + 4, anchor: "end")
        }
        word(unit, x: 12, y: (Canvas.plotY.lowerBound + Canvas.plotY.upperBound) / 2, anchor: "middle", turned: true)
    }

    /// Names and colours of what is drawn, above the plot.
    mutating func legend(_ names: [String]) {
        var x = Canvas.plotX.lowerBound
        for (index, name) in names.enumerated() {
            bar(x: x, y: 6, width: 10, height: 10, color: Canvas.colors[index % Canvas.colors.count])
            word(name, x: x + 14, y: 15)
            x += 30 + Double(name.count) * 6.6
        }
    }

    var svg: String {
        "<svg viewBox=\"0 0 \(px(Canvas.width)) \(px(Canvas.height))\" role=\"img\">\n"
            + parts.joined(separator: "\n") + "\n</svg>"
    }

    private func px(_ value: Double) -> String { decimal(value, 1) }
}

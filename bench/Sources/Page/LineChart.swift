/// Curves over a common horizontal axis, with moments marked.
struct LineChart: Chart {
    struct Curve {
        let name: String
        let points: [(x: Double, y: Double)]
    }

    let title: String
    let xUnit: String
    let yUnit: String
    let curves: [Curve]
    /// What happened when.
    var moments: [(x: Double, text: String)] = []

    var svg: String {
        var canvas = Canvas()
        let drawn = curves.filter { !$0.points.isEmpty }
        let xAxis = Axis(
            holding: drawn.flatMap { $0.points.map(\.x) } + moments.map(\.x), pixels: Canvas.plotX, isUpward: false)
        let yAxis = Axis(holding: drawn.flatMap { $0.points.map(\.y) }, pixels: Canvas.plotY, isUpward: true)
        canvas.scale(yAxis, unit: yUnit)
        for tick in xAxis.ticks {
            canvas.word(Axis.label(tick), x: xAxis.position(tick), y: Canvas.plotY.upperBound + 16, anchor: "middle")
        }
        canvas.word(xUnit, x: Canvas.plotX.upperBound, y: Canvas.plotY.upperBound + 32, anchor: "end")
        for moment in moments {
            let x = xAxis.position(moment.x)
            canvas.line(x, Canvas.plotY.lowerBound, x, Canvas.plotY.upperBound, color: "#999999", dash: "3 3")
            canvas.word(moment.text, x: x + 12, y: Canvas.plotY.upperBound - 4, turned: true)
        }
        for (index, curve) in drawn.enumerated() {
            canvas.curve(
                curve.points.map { (xAxis.position($0.x), yAxis.position($0.y)) },
                color: Canvas.colors[index % Canvas.colors.count])
        }
        canvas.legend(drawn.map(\.name))
        return canvas.svg
    }
}

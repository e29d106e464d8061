/// How many took how long: bars whose widths grow by a constant factor.
struct HistogramChart: Chart {
    let title: String
    let spreads: [(name: String, spread: LatencySpread)]

    var svg: String {
        var canvas = Canvas()
        let indices = spreads.flatMap { $0.spread.bars.map(\.bucket) }
        guard let first = indices.min(), let last = indices.max() else { return canvas.svg }
        let width = (Canvas.plotX.upperBound - Canvas.plotX.lowerBound) / Double(last - first + 1)
        let shares = spreads.flatMap { item in item.spread.bars.map { item.spread.share($0) * 100 } }
        let yAxis = Axis(holding: shares, pixels: Canvas.plotY, isUpward: true)
        canvas.scale(yAxis, unit: "% of messages")
        for (index, item) in spreads.enumerated() {
            for bar in item.spread.bars {
                let top = yAxis.position(item.spread.share(bar) * 100)
                canvas.bar(
                    x: Canvas.plotX.lowerBound + Double(bar.bucket - first) * width, y: top, width: max(1, width - 1),
                    height: Canvas.plotY.upperBound - top, color: Canvas.colors[index % Canvas.colors.count])
            }
        }
        let every = max(1, (last - first) / 10)
        for bucket in stride(from: first, through: last, by: every) {
            canvas.word(
                Axis.label(LatencySpread.milliseconds(upTo: bucket)),
                x: Canvas.plotX.lowerBound + Double(bucket - first + 1) * width, y: Canvas.plotY.upperBound + 16,
                anchor: "middle")
        }
        canvas.word("up to ms", x: Canvas.plotX.upperBound, y: Canvas.plotY.upperBound + 32, anchor: "end")
        canvas.legend(spreads.map(\.name))
        return canvas.svg
    }
}

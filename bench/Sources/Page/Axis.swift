import Foundation

/// A linear scale from numbers to pixels, with round numbers to write beside it.
struct Axis {
    let range: ClosedRange<Double>
    let pixels: ClosedRange<Double>
    /// Whether pixels fall as numbers rise, as they do upwards.
    let isUpward: Bool

    private static let ticksWanted = 6.0

    /// A scale that holds `values`; upwards it begins at 0.
    init(holding values: [Double], pixels: ClosedRange<Double>, isUpward: Bool) {
        let least = isUpward ? min(0, values.min() ?? 0) : values.min() ?? 0
        let most = max(values.max() ?? 1, least + 1e-9)
        range = least...most
        self.pixels = pixels
        self.isUpward = isUpward
    }

    func position(_ value: Double) -> Double {
        let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        let length = pixels.upperBound - pixels.lowerBound
        return isUpward ? pixels.upperBound - share * length : pixels.lowerBound + share * length
    }

    /// Multiples of 1, 2 or 5 times a power of ten, about six of them.
    var ticks: [Double] {
        let raw = (range.upperBound - range.lowerBound) / Axis.ticksWanted
        let power = pow(10, floor(log10(raw)))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= raw } ?? 10 * power
        let first = (range.lowerBound / step).rounded(.up) * step
        return Array(stride(from: first, through: range.upperBound, by: step))
    }

    /// A number as it stands beside a tick.
    static func label(_ value: Double) -> String {
        switch abs(value) {
        case 10_000_000...: decimal(value / 1e6, 0) + "M"
        case 1_000_000...: decimal(value / 1e6, 1) + "M"
        case 10_000...: decimal(value / 1000, 0) + "k"
        case 10...: decimal(value, 0)
        case 0: "0"
        default: decimal(value, value.rounded() == value ? 0 : 2)
        }
    }
}

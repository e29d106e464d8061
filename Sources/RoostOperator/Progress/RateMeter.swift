/// How fast an amount grows, over the last half minute, and so how long the rest will take.
public struct RateMeter: Equatable, Sendable {
    /// How far back it looks.
    public static let windowSeconds = 30.0

    private struct Sample: Equatable {
        let seconds: Double
        let amount: Double
    }

    private var samples: [Sample] = []

    /// Makes a meter that has seen nothing.
    public init() {}

    /// Notes what the amount is at a time. An amount that fell is another amount: the meter begins anew.
    public mutating func note(_ amount: Double, atSeconds seconds: Double) {
        if let last = samples.last, amount < last.amount || seconds < last.seconds { samples = [] }
        samples.append(Sample(seconds: seconds, amount: amount))
        let start = seconds - RateMeter.windowSeconds
        // The last sample before the window stays: growth is counted from the window's edge or a little before it.
        while samples.count > 2, samples[1].seconds <= start { samples.removeFirst() }
    }

    /// The growth a second; `nil` until there has been a second to judge by.
    public var perSecond: Double? {
        guard let first = samples.first, let last = samples.last, last.seconds - first.seconds >= 1 else { return nil }
        return (last.amount - first.amount) / (last.seconds - first.seconds)
    }

    /// How long `amount` more will take at this rate; `nil` when that cannot be told.
    public func seconds(for amount: Double) -> Double? {
        guard amount > 0 else { return 0 }
        guard let perSecond, perSecond > 0 else { return nil }
        return amount / perSecond
    }
}

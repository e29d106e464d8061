/// A set of a stream's numbers, kept as runs. Merging is union, in any order, any number of times.
public struct NumberRuns: Equatable, Sendable {
    /// Numbers without a gap.
    public struct Run: Equatable, Sendable {
        /// The first of them.
        public let from: StreamNumber
        /// The last of them.
        public let upTo: StreamNumber

        /// Makes a run; `nil` of numbers that do not ascend, or of 0.
        public init?(from: StreamNumber, upTo: StreamNumber) {
            guard from > 0, from <= upTo, upTo < .max else { return nil }
            self.from = from
            self.upTo = upTo
        }
    }

    /// More runs than this are not kept: the lowest, which were told longest ago, are forgotten.
    public static let runsMax = 256

    /// Ascending; no two touch.
    public private(set) var runs: [Run] = []

    /// The empty set.
    public init() {}

    /// A set of these runs.
    public init(_ runs: some Sequence<Run>) {
        for run in runs { insert(run) }
    }

    /// Whether nothing is in it.
    public var isEmpty: Bool { runs.isEmpty }

    /// How many numbers are in it.
    public var count: UInt64 {
        // Runs do not meet: all together they are no more than there are numbers.
        runs.reduce(0) { $0 + ($1.upTo - $1.from + 1) }
    }

    /// How many numbers above one are in it.
    public func remaining(above number: StreamNumber) -> UInt64 {
        var rest = self
        rest.remove(upTo: number)
        return rest.count
    }

    /// Whether a number is in it.
    public func contains(_ number: StreamNumber) -> Bool {
        runs.contains { $0.from <= number && number <= $0.upTo }
    }

    /// Adds a run. False when the set has not changed.
    @discardableResult
    public mutating func insert(_ run: Run) -> Bool {
        let before = runs
        let touched = runs.filter { $0.from <= run.upTo + 1 && $0.upTo + 1 >= run.from }
        guard
            let whole = Run(
                from: min(run.from, touched.first?.from ?? run.from),
                upTo: max(run.upTo, touched.last?.upTo ?? run.upTo))
        else { return false }
        runs.removeAll { $0.from >= whole.from && $0.upTo <= whole.upTo }
        runs.insert(whole, at: runs.firstIndex { $0.from > whole.from } ?? runs.count)
        if runs.count > NumberRuns.runsMax { runs.removeFirst(runs.count - NumberRuns.runsMax) }
        return runs != before
    }

    /// Adds all that is in another set. False when this one has not changed.
    public mutating func formUnion(_ other: NumberRuns) -> Bool {
        var hasGrown = false
        for run in other.runs where insert(run) { hasGrown = true }
        return hasGrown
    }

    /// Takes out what is not above a number.
    public mutating func remove(upTo number: StreamNumber) {
        guard let first = runs.first, first.from <= number else { return }
        runs = runs.compactMap { run in
            run.upTo <= number ? nil : Run(from: max(run.from, number + 1), upTo: run.upTo)
        }
    }
}

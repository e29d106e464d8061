import RoostCore

/// A run of a stream's numbers that nobody has any more and nobody will bring: their owners' disks were lost, or a part of the
/// only one left. It is remembered for as long as the stream is, so that no sender is ever told that one of them is `sent`.
public struct LostNumbers: Equatable, Sendable {
    /// The first of them.
    public let from: StreamNumber
    /// The last of them.
    public let upTo: StreamNumber
    /// The segment whose record says so.
    public internal(set) var segment: UInt32?

    /// Makes a run that is not in the log yet.
    public init(from: StreamNumber, upTo: StreamNumber) {
        precondition(from > 0 && from <= upTo, "numbers from \(from) to \(upTo)")
        self.from = from
        self.upTo = upTo
    }

    /// How many there are.
    public var count: UInt64 { upTo - from + 1 }
}

extension InboundStream {
    /// Whether nobody has this number any more.
    public func isLost(_ number: StreamNumber) -> Bool {
        let place = placeInLost(behind: number)
        return place > 0 && lost[place - 1].upTo >= number
    }

    /// The first of the lost numbers that end right before this one; 0 when its predecessor is not lost.
    public func lostFrom(before number: StreamNumber) -> StreamNumber {
        let place = number > 0 ? placeInLost(behind: number - 1) : 0
        return place > 0 && lost[place - 1].upTo >= number - 1 ? lost[place - 1].from : 0
    }

    /// How many of the lost runs begin at a number or before it.
    private func placeInLost(behind number: StreamNumber) -> Int {
        var low = 0
        var high = lost.count
        while low < high {
            let middle = (low + high) / 2
            if lost[middle].from <= number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What is missing below and between what is held and some device has not stored, ascending.
    var gaps: [LostNumbers] {
        var gaps: [LostNumbers] = []
        var next = max(goneUpTo, settledUpTo) + 1
        for message in pending where message.number >= next {
            if next < message.number { gaps.append(LostNumbers(from: next, upTo: message.number - 1)) }
            next = message.number + 1
        }
        return gaps
    }

    /// Takes a run in, as one with those that it touches. Returns what has come of it; `nil` when all of it was known.
    mutating func lose(_ run: LostNumbers, freed: inout FreedSpace) -> LostNumbers? {
        if let known = lost.first(where: { $0.from <= run.from && $0.upTo >= run.from }), known.upTo >= run.upTo {
            return nil
        }
        let touched = lost.filter { $0.from <= run.upTo + 1 && $0.upTo + 1 >= run.from }
        for old in touched { freed.add(segment: old.segment, bytes: PendingMessage.headBytesEstimate) }
        let whole = LostNumbers(
            from: min(run.from, touched.first?.from ?? run.from), upTo: max(run.upTo, touched.last?.upTo ?? run.upTo))
        lost.removeAll { $0.from >= whole.from && $0.upTo <= whole.upTo }
        lost.insert(whole, at: placeInLost(behind: whole.from))
        top = max(top, whole.upTo)
        return whole
    }
}

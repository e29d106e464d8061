import RoostCore

/// What arrived of one stream, against what was written. In memory are only the highest number and the holes below it.
package struct StreamChecker {
    /// What an arrival meant.
    package enum Arrival: Equatable {
        /// The next one.
        case inOrder
        /// It had come before: a client with a watermark throws it away.
        case again
        /// It came after one with a higher number.
        case misordered
        /// Numbers before it have not come.
        case early(missing: Int)
        /// Nobody wrote such a message.
        case neverWritten
    }

    /// The highest number that has come.
    package private(set) var highest: StreamNumber = 0
    /// Numbers below it that have not.
    package private(set) var missing: Set<StreamNumber> = []

    /// Nothing has come yet.
    package init() {}

    /// Says what the arrival of `number` means, and remembers it.
    package mutating func arrived(_ number: StreamNumber, writtenUpTo: StreamNumber) -> Arrival {
        guard number >= 1, number <= writtenUpTo else { return .neverWritten }
        guard number > highest else { return missing.remove(number) == nil ? .again : .misordered }
        let count = Int(number - highest) - 1
        if count > 0 { missing.formUnion(highest + 1..<number) }
        highest = number
        return count == 0 ? .inOrder : .early(missing: count)
    }

    /// How many of the numbers up to here have not come.
    package func lost(upTo: StreamNumber) -> Int {
        missing.count { $0 <= upTo } + Int(upTo > highest ? upTo - highest : 0)
    }
}

/// How far a reader has got with a stream, and which of the sender's devices know of it. Everything in it only rises: merging is
/// the maximum of each, in any order, any number of times.
public struct ReceiptProgress: Equatable, Sendable {
    /// What a device of the sender has said that it knows.
    public struct Known: Equatable, Sendable {
        /// The device.
        public let device: DeviceID
        /// It knows of what was stored up to here.
        public var deliveredUpTo: StreamNumber
        /// It knows of what was seen up to here.
        public var readUpTo: StreamNumber

        /// Makes an entry.
        public init(device: DeviceID, deliveredUpTo: StreamNumber, readUpTo: StreamNumber) {
            self.device = device
            self.deliveredUpTo = deliveredUpTo
            self.readUpTo = readUpTo
        }
    }

    /// Devices that are remembered: those of a user, and some that are not any more.
    public static let knownMax = 4 * Limits.devicesMax

    /// Which parts of it have risen.
    public struct Rise: Equatable, Sendable {
        /// One of the two maxima has.
        public var isOfMaxima = false
        /// What some device knows has.
        public var isOfKnown = false

        /// Nothing.
        public init() {}
    }

    /// Stored by a device of the reader.
    public private(set) var deliveredUpTo: StreamNumber
    /// Seen by the reader.
    public private(set) var readUpTo: StreamNumber
    /// When `deliveredUpTo` last rose, by the clock of the reader's node, milliseconds since 1970; 0 when that is not known.
    public private(set) var deliveredAtMilliseconds: UInt64
    /// When `readUpTo` last rose.
    public private(set) var readAtMilliseconds: UInt64
    /// What devices of the sender know, by device.
    public private(set) var known: [Known]

    /// Makes progress; who has seen a message has stored it.
    public init(
        deliveredUpTo: StreamNumber = 0, readUpTo: StreamNumber = 0, deliveredAtMilliseconds: UInt64 = 0,
        readAtMilliseconds: UInt64 = 0, known: [Known] = []
    ) {
        self.deliveredUpTo = max(deliveredUpTo, readUpTo)
        self.readUpTo = readUpTo
        self.deliveredAtMilliseconds = deliveredUpTo < readUpTo ? readAtMilliseconds : deliveredAtMilliseconds
        self.readAtMilliseconds = readAtMilliseconds
        self.known = known.sorted { $0.device < $1.device }
    }

    /// When it last rose.
    public var roseAtMilliseconds: UInt64 { max(deliveredAtMilliseconds, readAtMilliseconds) }

    /// Takes the maximum of each. Of one number the earlier time counts: that is when it was reached.
    public mutating func merge(_ other: ReceiptProgress) -> Rise {
        var rise = Rise()
        func merge(_ number: inout StreamNumber, _ time: inout UInt64, _ otherNumber: StreamNumber, _ otherTime: UInt64)
        {
            if otherNumber > number {
                rise.isOfMaxima = true
                (number, time) = (otherNumber, otherTime)
            } else if otherNumber == number, otherTime > 0 {
                time = time == 0 ? otherTime : min(time, otherTime)
            }
        }
        merge(&deliveredUpTo, &deliveredAtMilliseconds, other.deliveredUpTo, other.deliveredAtMilliseconds)
        merge(&readUpTo, &readAtMilliseconds, other.readUpTo, other.readAtMilliseconds)
        for one in other.known where learn(one) { rise.isOfKnown = true }
        return rise
    }

    /// A device says what it knows. False when that was known already.
    public mutating func learn(_ other: Known) -> Bool {
        guard let index = known.firstIndex(where: { $0.device >= other.device }) else {
            guard known.count < ReceiptProgress.knownMax else { return false }
            known.append(other)
            return true
        }
        guard known[index].device == other.device else {
            guard known.count < ReceiptProgress.knownMax else { return false }
            known.insert(other, at: index)
            return true
        }
        let before = known[index]
        known[index].deliveredUpTo = max(before.deliveredUpTo, other.deliveredUpTo)
        known[index].readUpTo = max(before.readUpTo, other.readUpTo)
        return known[index] != before
    }

    /// Whether a device has said that it knows all of it, or all but what was seen, if it is not shown that.
    public func isKnown(to device: DeviceID, butReads: Bool = false) -> Bool {
        let known = known.first { $0.device == device }
        return known?.deliveredUpTo ?? 0 >= deliveredUpTo && (butReads || known?.readUpTo ?? 0 >= readUpTo)
    }

    /// The same with what these devices know only.
    public func known(toNoneBut devices: [DeviceID]) -> ReceiptProgress {
        var progress = self
        progress.known.removeAll { !devices.contains($0.device) }
        return progress
    }
}

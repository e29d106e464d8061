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
        /// It knows of so many that have ended undelivered.
        public var expired: UInt64

        /// Makes an entry.
        public init(device: DeviceID, deliveredUpTo: StreamNumber, readUpTo: StreamNumber, expired: UInt64 = 0) {
            self.device = device
            self.deliveredUpTo = deliveredUpTo
            self.readUpTo = readUpTo
            self.expired = expired
        }
    }

    /// Devices that are remembered: those of a user, and some that are not any more.
    public static let knownMax = 4 * Limits.devicesMax

    /// Which parts of it have risen.
    public struct Rise: Equatable, Sendable {
        /// What is stored has, or more has ended.
        public var isOfDelivered = false
        /// What is seen has.
        public var isOfReads = false
        /// How far it is erased has.
        public var isOfErasure = false
        /// What some device knows has.
        public var isOfKnown = false

        /// Nothing.
        public init() {}

        /// Whether any has.
        public var isAny: Bool { isOfDelivered || isOfReads || isOfErasure || isOfKnown }
    }

    /// Stored by a device of the reader.
    public private(set) var deliveredUpTo: StreamNumber
    /// Seen by the reader.
    public private(set) var readUpTo: StreamNumber
    /// When `deliveredUpTo` last rose, by the clock of the reader's node, milliseconds since 1970; 0 when that is not known.
    public private(set) var deliveredAtMilliseconds: UInt64
    /// When `readUpTo` last rose.
    public private(set) var readAtMilliseconds: UInt64
    /// What ended before any device of the reader had stored it.
    public private(set) var expired: NumberRuns
    /// Up to here the conversation was erased: of what is below nothing is kept.
    public private(set) var erasedUpTo: StreamNumber
    /// What devices of the sender know, by device.
    public private(set) var known: [Known]

    /// Makes progress; who has seen a message has stored it.
    public init(
        deliveredUpTo: StreamNumber = 0, readUpTo: StreamNumber = 0, deliveredAtMilliseconds: UInt64 = 0,
        readAtMilliseconds: UInt64 = 0, expired: NumberRuns = NumberRuns(), erasedUpTo: StreamNumber = 0,
        known: [Known] = []
    ) {
        self.deliveredUpTo = max(deliveredUpTo, readUpTo)
        self.readUpTo = readUpTo
        self.deliveredAtMilliseconds = deliveredUpTo < readUpTo ? readAtMilliseconds : deliveredAtMilliseconds
        self.readAtMilliseconds = readAtMilliseconds
        self.expired = expired
        self.erasedUpTo = erasedUpTo
        self.known = known.sorted { $0.device < $1.device }
        erase()
    }

    /// Forgets what is below the erasure.
    private mutating func erase() {
        guard erasedUpTo > 0 else { return }
        if deliveredUpTo <= erasedUpTo { (deliveredUpTo, deliveredAtMilliseconds) = (0, 0) }
        if readUpTo <= erasedUpTo { (readUpTo, readAtMilliseconds) = (0, 0) }
        expired.remove(upTo: erasedUpTo)
    }

    /// When it last rose.
    public var roseAtMilliseconds: UInt64 { max(deliveredAtMilliseconds, readAtMilliseconds) }

    /// Takes the maximum of each. Of one number the earlier time counts: that is when it was reached.
    public mutating func merge(_ other: ReceiptProgress) -> Rise {
        var rise = Rise()
        let (delivered, read, ended, erased) = (deliveredUpTo, readUpTo, expired.count, erasedUpTo)
        func merge(_ number: inout StreamNumber, _ time: inout UInt64, _ otherNumber: StreamNumber, _ otherTime: UInt64)
        {
            if otherNumber > number {
                (number, time) = (otherNumber, otherTime)
            } else if otherNumber == number, otherTime > 0 {
                time = time == 0 ? otherTime : min(time, otherTime)
            }
        }
        merge(&deliveredUpTo, &deliveredAtMilliseconds, other.deliveredUpTo, other.deliveredAtMilliseconds)
        merge(&readUpTo, &readAtMilliseconds, other.readUpTo, other.readAtMilliseconds)
        _ = expired.formUnion(other.expired)
        erasedUpTo = max(erasedUpTo, other.erasedUpTo)
        erase()
        rise.isOfErasure = erasedUpTo > erased
        rise.isOfDelivered = deliveredUpTo > delivered || expired.count > ended
        rise.isOfReads = readUpTo > read
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
        known[index].expired = max(before.expired, other.expired)
        return known[index] != before
    }

    /// Whether a device has said that it knows all of it, or all but what was seen, if it is not shown that.
    public func isKnown(to device: DeviceID, butReads: Bool = false) -> Bool {
        let known = known.first { $0.device == device }
        return known?.deliveredUpTo ?? 0 >= deliveredUpTo && (butReads || known?.readUpTo ?? 0 >= readUpTo)
            && known?.expired ?? 0 >= expired.count
    }

    /// Whether it says all that another does, apart from times and from what is known to whom.
    public func covers(_ other: ReceiptProgress) -> Bool {
        erasedUpTo >= other.erasedUpTo && max(deliveredUpTo, erasedUpTo) >= other.deliveredUpTo
            && max(readUpTo, erasedUpTo) >= other.readUpTo
            && expired.count >= other.expired.remaining(above: erasedUpTo)
    }

    /// The same with what these devices know only.
    public func known(toNoneBut devices: [DeviceID]) -> ReceiptProgress {
        var progress = self
        progress.known.removeAll { !devices.contains($0.device) }
        return progress
    }
}

import RoostCore

/// How far each reader has got with each stream that this mailbox's devices sent. Maxima: merging is `max`, in any
/// order, any number of times.
public struct ReceiptTable: Equatable, Sendable {
    /// A stream of one of the user's devices, and who reads it.
    public struct Key: Hashable, Comparable, Sendable {
        /// The stream.
        public let stream: StreamKey
        /// Its recipient.
        public let reader: Address

        /// Makes a key.
        public init(stream: StreamKey, reader: Address) {
            self.stream = stream
            self.reader = reader
        }

        /// By stream, then reader.
        public static func < (left: Key, right: Key) -> Bool {
            left.stream != right.stream ? left.stream < right.stream : left.reader < right.reader
        }
    }

    /// What is known of a reader of a stream, and what the log has of it.
    public struct Entry: Equatable, Sendable {
        /// How far the reader is.
        public internal(set) var progress = ReceiptProgress()
        /// The segment of the record that counts: the last that the log has taken. It lives until there is a later one.
        public internal(set) var segment: UInt32?
        /// What that record says.
        var settled = ReceiptProgress()
    }

    /// All entries.
    public private(set) var entries: [Key: Entry] = [:]

    /// Makes an empty table.
    public init() {}

    /// Takes the maxima; nothing when the table is full.
    /// - Returns: what has risen.
    public mutating func merge(_ key: Key, _ progress: ReceiptProgress) -> ReceiptProgress.Rise {
        if entries[key] == nil, entries.count >= Limits.mailboxStreamsMax { return .init() }
        return modify(key) { $0.progress.merge(progress) }
    }

    /// A device of the user says what it knows; nothing where there is no such receipt.
    /// - Returns: whether that is new.
    public mutating func learn(_ key: Key, _ known: ReceiptProgress.Known) -> Bool {
        guard entries[key] != nil else { return false }
        return modify(key) { $0.progress.learn(known) }
    }

    /// What devices know that are not of the account any more is of no use.
    mutating func forgetAllBut(_ devices: [DeviceID]) {
        for (key, entry) in entries where entry.progress.known.contains(where: { !devices.contains($0.device) }) {
            modify(key) { $0.progress = entry.progress.known(toNoneBut: devices) }
        }
    }

    /// The log holds this in `segment`; dead there when the log has something later.
    public mutating func setSegment(
        _ segment: UInt32, key: Key, _ logged: ReceiptProgress, freed: inout FreedSpace
    ) {
        guard let entry = entries[key], logged.covers(entry.settled) else {
            return freed.add(segment: segment, bytes: PendingMessage.headBytesEstimate)
        }
        freed.add(segment: entry.segment, bytes: PendingMessage.headBytesEstimate)
        modify(key) { entry in
            entry.settled = logged
            entry.segment = segment
        }
    }

    /// Whether a record of it in this segment is the one that counts.
    public func isLive(_ key: Key, _ logged: ReceiptProgress, in segment: UInt32) -> Bool {
        guard let entry = entries[key] else { return false }
        return entry.segment == segment && entry.settled.covers(logged) && logged.covers(entry.settled)
    }

    /// What `device` has not said that it knows, by key.
    /// - Parameters:
    ///   - device: of the user.
    ///   - butReads: whether it is not shown what was seen.
    ///   - wallMilliseconds: what rose longer than ``Limits/receiptAgeMax`` before is left out.
    /// - Returns: stream, reader and how far that is.
    public func unknown(
        to device: DeviceID, butReads: Bool = false, wallMilliseconds: UInt64
    ) -> [(key: Key, progress: ReceiptProgress)] {
        let age = Limits.receiptAgeMax.nanoseconds / 1_000_000
        var result: [(key: Key, progress: ReceiptProgress)] = []
        for (key, entry) in entries where !entry.progress.isKnown(to: device, butReads: butReads) {
            let rose = entry.progress.roseAtMilliseconds
            guard rose == 0 || wallMilliseconds <= rose || wallMilliseconds - rose <= age else { continue }
            result.append((key, entry.progress))
        }
        result.sort { $0.key < $1.key }
        return result
    }

    @discardableResult
    private mutating func modify<Result>(_ key: Key, _ change: (inout Entry) -> Result) -> Result {
        change(&entries[key, default: Entry()])
    }
}

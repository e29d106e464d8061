import DequeModule
import RoostCore

/// What is pending for one user, as one replica knows it: inbound streams, the user's devices, and the receipts for what
/// the user sent. A value; it neither reads nor writes the log, its caller does both and tells it.
public struct Mailbox: Sendable {
    /// One entry of the order of arrival.
    struct Arrival: Equatable, Sendable {
        let arrival: UInt64
        let key: StreamKey
        let number: StreamNumber
    }

    /// The active devices, ascending: those of the account, and any that showed itself before.
    public private(set) var devices: [DeviceID] = []
    /// Whether the account has said which devices there are. Until it has, nothing leaves the queue: another device may
    /// wait for it.
    public private(set) var isAccountKnown = false
    /// The devices that are known to have their beginning in every stream.
    private var begun: [DeviceID] = []
    /// Streams sent to this user.
    public private(set) var streams: [StreamKey: InboundStream] = [:]
    /// How far others have got with what this user's devices sent.
    public var receipts = ReceiptTable()
    /// Messages that some device has not stored.
    public private(set) var pendingMessages = 0
    /// The bytes of their bodies.
    public private(set) var pendingBytes = 0

    /// Oldest first; entries whose message has gone stay until they reach the front.
    var arrivals: Deque<Arrival> = []
    private var nextArrival: UInt64 = 1

    /// Makes an empty mailbox.
    public init() {}

    // MARK: Devices

    /// Where a device begins in a stream that is older than it: nothing up to here was for it.
    public struct Beginning: Equatable, Sendable {
        /// The stream.
        public let key: StreamKey
        /// Who sends it.
        public let sender: Address
        /// The device.
        public let device: DeviceID
        /// What the devices before it had all stored.
        public let upTo: StreamNumber

        /// Makes a beginning.
        public init(key: StreamKey, sender: Address, device: DeviceID, upTo: StreamNumber) {
            self.key = key
            self.sender = sender
            self.device = device
            self.upTo = upTo
        }
    }

    /// Takes the account's word on which devices are active. A message that waited only for devices that are gone
    /// leaves the queue.
    /// - Returns: where new devices begin, as watermarks of theirs: they are to be logged.
    @discardableResult
    public mutating func setDevices(_ active: [DeviceID], freed: inout FreedSpace) -> [Beginning] {
        let active = active.sorted()
        guard active != devices || !isAccountKnown || active.contains(where: { !begun.contains($0) }) else { return [] }
        let removed = devices.filter { !active.contains($0) }
        let isFirst = !isAccountKnown
        isAccountKnown = true
        // What the first ones begin with is told by their watermarks, in an earlier life or none.
        if isFirst { begun = active }
        let beginnings = active.flatMap { begin($0) }
        begun.removeAll { !active.contains($0) }
        devices = active
        receipts.forgetAllBut(active)
        guard isFirst || !removed.isEmpty, !active.isEmpty else { return beginnings }
        for key in streams.keys.sorted() {
            modifyStream(key) { stream in stream.watermarks.removeAll { removed.contains($0.device) } }
            dropStored(key, freed: &freed)
        }
        return beginnings
    }

    /// A device begins where the ones before it are, once.
    private mutating func begin(_ device: DeviceID) -> [Beginning] {
        guard isAccountKnown, !begun.contains(device) else { return [] }
        begun.append(device)
        var beginnings: [Beginning] = []
        for key in streams.keys.sorted() {
            modifyStream(key) { stream in
                guard stream.floor > 0, !stream.watermarks.contains(where: { $0.device == device }) else { return }
                stream.watermarks.append(.init(device: device, upTo: stream.floor, segment: nil))
                beginnings.append(.init(key: key, sender: stream.sender, device: device, upTo: stream.floor))
            }
        }
        return beginnings
    }

    /// A device subscribes, perhaps before the account's change has reached this replica.
    /// - Returns: where it begins, as watermarks of its: they are to be logged.
    public mutating func subscribed(_ device: DeviceID) -> [Beginning] {
        addDevice(device)
        return begin(device)
    }

    /// Adds a device that showed itself before the account's change reached this replica.
    private mutating func addDevice(_ device: DeviceID) {
        guard !devices.contains(device) else { return }
        devices.append(device)
        devices.sort()
    }

    // MARK: Messages

    /// Decides on a message without changing anything.
    public func judge(_ key: StreamKey, number: StreamNumber, bodyHash: UInt64, isRetry: Bool) -> Judgement {
        guard let stream = streams[key] else {
            return streams.count < Limits.mailboxStreamsMax ? room : .mailboxFull
        }
        guard !stream.isLost(number) else { return .reused }
        if let held = stream.entry(number) {
            guard held.bodyHash == bodyHash else { return .reused }
            return held.location == nil ? .becomingDurable : .alreadyHeld
        }
        guard number <= max(stream.deliveredUpTo, stream.skippedUpTo) else { return room }
        guard isRetry else { return .reused }
        // One device has it, another may still wait for it: then this replica has to hold it as well.
        return isStoredByAll(key, number: number) || number <= stream.goneUpTo ? .becomingDurable : room
    }

    /// Whether the log has a message, or the word of every device that has stored it: a crash takes it back no more when what
    /// the log has is on disk.
    public func isLogged(_ key: StreamKey, number: StreamNumber) -> Bool {
        guard let stream = streams[key] else { return false }
        if let held = stream.entry(number) { return held.location != nil }
        return (isStoredByAll(key, number: number) || number <= stream.goneUpTo)
            && !stream.watermarks.contains {
                $0.upTo >= number && $0.loggedUpTo < number && $0.device != InboundStream.person
            }
    }

    /// Whether every active device has stored this message, as far as is known here.
    public func isStoredByAll(_ key: StreamKey, number: StreamNumber) -> Bool {
        guard let stream = streams[key] else { return false }
        return number <= stream.skippedUpTo || isAccountKnown && number <= lowestStored(key, of: stream)
    }

    /// How far every active device has stored the stream.
    private func lowestStored(_ key: StreamKey, of stream: InboundStream) -> StreamNumber {
        var lowest: StreamNumber?
        for device in devices where Mailbox.isFor(device, key) {
            let stored = stream.stored(by: device)
            lowest = min(lowest ?? stored, stored)
        }
        // For nobody that there is: then all of it is of no use.
        return lowest ?? (devices.isEmpty ? stream.floor : stream.top)
    }

    /// Whether a stream is for a device: what a device has sent itself does not come back to it.
    public static func isFor(_ device: DeviceID, _ key: StreamKey) -> Bool {
        !(key.isCopy && key.device == device)
    }

    private var room: Judgement {
        pendingMessages < Limits.mailboxMessagesMax && pendingBytes < Limits.mailboxBytesMax ? .append : .mailboxFull
    }

    /// Enters a message that ``judge(_:number:bodyHash:isRetry:)`` allowed. It counts as held from now on, and as
    /// durable from ``setLocation(_:key:number:)`` on.
    public mutating func append(
        _ key: StreamKey, from sender: Address, number: StreamNumber, bodyHash: UInt64, bodyBytes: Int,
        sentAtMilliseconds: UInt64, location: LogLocation? = nil
    ) {
        let entry = PendingMessage(
            number: number, bodyHash: bodyHash, sentAtMilliseconds: sentAtMilliseconds, arrival: nextArrival,
            bodyBytes: UInt32(bodyBytes), location: location)
        var inserted = false
        modifyStream(key, sender: sender) { stream in
            let index = stream.position(of: number)
            guard number > stream.goneUpTo, !stream.isLost(number),
                index == stream.pending.count || stream.pending[index].number != number
            else {
                return
            }
            stream.pending.insert(entry, at: index)
            stream.top = max(stream.top, number)
            inserted = true
        }
        guard inserted else { return }
        arrivals.append(Arrival(arrival: nextArrival, key: key, number: number))
        nextArrival += 1
        pendingMessages += 1
        pendingBytes += bodyBytes
    }

    /// The log has the message, durably, at `location`. False when the message is gone by now, or its place is known.
    @discardableResult
    public mutating func setLocation(
        _ location: LogLocation, key: StreamKey, number: StreamNumber, isShared: Bool = false
    ) -> Bool {
        var found = false
        modifyStream(key) { stream in
            let index = stream.position(of: number)
            guard index < stream.pending.count, stream.pending[index].number == number else { return }
            found = true
            stream.pending[index].location = location
            stream.pending[index].isShared = isShared
        }
        return found
    }

    /// The log refused the message: it was never held.
    public mutating func withdraw(_ key: StreamKey, number: StreamNumber) {
        var bytes: Int?
        modifyStream(key) { stream in
            let index = stream.position(of: number)
            guard index < stream.pending.count, stream.pending[index].number == number,
                stream.pending[index].location == nil
            else { return }
            bytes = Int(stream.pending[index].bodyBytes)
            stream.pending.remove(at: index)
            stream.top = max(
                stream.goneUpTo, stream.deliveredUpTo, stream.pending.last?.number ?? 0,
                stream.lost.last?.upTo ?? 0)
        }
        guard let bytes else { return }
        pendingMessages -= 1
        pendingBytes -= bytes
    }

    // MARK: Watermarks

    /// `device` has stored everything of the stream up to `upTo`, or, for ``InboundStream/nobody``, nothing up to there was for
    /// this mailbox, or, for ``InboundStream/person``, the person has seen it. False when that was known already.
    ///
    /// The number may exceed what this replica holds: the gateway clamps it to what the device was sent, and another
    /// replica may have held it.
    public mutating func acknowledge(
        _ key: StreamKey, from sender: Address, device: DeviceID, upTo: StreamNumber, freed: inout FreedSpace
    ) -> Bool {
        var rose = false
        modifyStream(key, sender: sender) { stream in
            guard upTo > stream.stored(by: device) else { return }
            rose = true
            if device != InboundStream.person { stream.top = max(stream.top, upTo) }
            if let index = stream.watermarks.firstIndex(where: { $0.device == device }) {
                freed.add(segment: stream.watermarks[index].segment, bytes: PendingMessage.headBytesEstimate)
                stream.watermarks[index].upTo = upTo
                stream.watermarks[index].segment = nil
            } else {
                stream.watermarks.append(.init(device: device, upTo: upTo, segment: nil))
            }
        }
        if rose {
            guard device != InboundStream.person else { return true }
            if device != InboundStream.nobody { addDevice(device) }
            dropStored(key, freed: &freed)
        }
        return rose
    }

    /// The log holds this watermark in `segment`, which is of no use there when the watermark has risen since.
    public mutating func setWatermarkSegment(
        _ segment: UInt32, key: StreamKey, device: DeviceID, upTo: StreamNumber, freed: inout FreedSpace
    ) {
        modifyStream(key) { stream in
            guard let index = stream.watermarks.firstIndex(where: { $0.device == device }) else {
                return freed.add(segment: segment, bytes: PendingMessage.headBytesEstimate)
            }
            stream.watermarks[index].loggedUpTo = max(stream.watermarks[index].loggedUpTo, upTo)
            guard stream.watermarks[index].upTo == upTo else {
                return freed.add(segment: segment, bytes: PendingMessage.headBytesEstimate)
            }
            freed.add(segment: stream.watermarks[index].segment, bytes: PendingMessage.headBytesEstimate)
            stream.watermarks[index].segment = segment
        }
    }

    /// Everything the mailbox takes of the log, given up: the mailbox is dropped whole.
    public func release(into freed: inout FreedSpace) {
        for stream in streams.values {
            for message in stream.pending { freed.add(message) }
            for watermark in stream.watermarks {
                freed.add(segment: watermark.segment, bytes: PendingMessage.headBytesEstimate)
            }
            for run in stream.lost { freed.add(segment: run.segment, bytes: PendingMessage.headBytesEstimate) }
        }
        for receipt in receipts.entries.values {
            freed.add(segment: receipt.segment, bytes: PendingMessage.headBytesEstimate)
        }
    }

    /// Drops what every active device has stored, and what is not for this mailbox.
    private mutating func dropStored(_ key: StreamKey, freed: inout FreedSpace) {
        let isCertain = isAccountKnown && !devices.isEmpty
        guard let lowest = streams[key].map({ isCertain ? lowestStored(key, of: $0) : $0.floor }) else { return }
        var gone: StreamNumber = 0
        modifyStream(key) { stream in
            stream.floor = max(stream.floor, lowest)
            gone = stream.goneUpTo
        }
        dropPending(key, from: 1, upTo: gone, freed: &freed)
    }

    /// Drops what is held of these numbers.
    mutating func dropPending(
        _ key: StreamKey, from first: StreamNumber, upTo last: StreamNumber, freed: inout FreedSpace
    ) {
        var droppedMessages = 0
        var droppedBytes = 0
        modifyStream(key) { stream in
            let range = stream.position(of: first)..<stream.position(of: last + 1)
            guard !range.isEmpty else { return }
            for entry in stream.pending[range] {
                droppedMessages += 1
                droppedBytes += Int(entry.bodyBytes)
                freed.add(entry)
            }
            stream.pending.removeSubrange(range)
        }
        guard droppedMessages > 0 else { return }
        pendingMessages -= droppedMessages
        pendingBytes -= droppedBytes
        trimArrivals()
    }

    private mutating func trimArrivals() {
        while let first = arrivals.first, streams[first.key]?.entry(first.number)?.arrival != first.arrival {
            arrivals.removeFirst()
        }
        if pendingMessages == 0 { arrivals.removeAll() }
    }

    // MARK: Reading in order of arrival

    /// The oldest message that arrived after `cursor`, is durable and has not been stored by `device`.
    ///
    /// Stops at a message that is not durable yet, so that nothing overtakes it.
    public func next(after cursor: UInt64, for device: DeviceID) -> (key: StreamKey, message: PendingMessage)? {
        var index = firstArrival(after: cursor)
        while index < arrivals.count {
            let arrival = arrivals[index]
            index += 1
            guard let stream = streams[arrival.key], let entry = stream.entry(arrival.number),
                entry.arrival == arrival.arrival, entry.number > stream.watermark(of: device),
                Mailbox.isFor(device, arrival.key)
            else { continue }
            return entry.location == nil ? nil : (arrival.key, entry)
        }
        return nil
    }

    private func firstArrival(after cursor: UInt64) -> Int {
        guard let last = arrivals.last, last.arrival > cursor else { return arrivals.count }
        var low = 0
        var high = arrivals.count
        while low < high {
            let middle = (low + high) / 2
            if arrivals[middle].arrival <= cursor { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The streams with something that `device` has not stored, by key.
    public func backlog(of device: DeviceID) -> [(key: StreamKey, stream: InboundStream)] {
        var result: [(key: StreamKey, stream: InboundStream)] = []
        for (key, stream) in streams where !stream.pending.isEmpty && Mailbox.isFor(device, key) {
            guard let last = stream.pending.last, last.number > stream.watermark(of: device) else { continue }
            result.append((key, stream))
        }
        result.sort { $0.key < $1.key }
        return result
    }

    // MARK: Storage

    /// Changes a stream in place; makes it first when a sender is given and it is new.
    mutating func modifyStream(
        _ key: StreamKey, sender: Address? = nil, _ change: (inout InboundStream) -> Void
    ) {
        if let sender {
            change(&streams[key, default: InboundStream(sender: sender)])
        } else if let index = streams.index(forKey: key) {
            change(&streams.values[index])
        }
    }
}

/// What a replica makes of a message it is asked to keep.
public enum Judgement: Equatable, Sendable {
    /// New: log it.
    case append
    /// Held already, and durable: say so.
    case alreadyHeld
    /// Held, or stored by every device, but that may not be durable yet: say so when all that was logged before is.
    case becomingDurable
    /// The number belongs to another message, to one long delivered, or to what is lost.
    case reused
    /// A limit of the mailbox is reached.
    case mailboxFull
}

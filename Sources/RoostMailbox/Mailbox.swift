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
    /// Devices that the account had and has no more, the latest last. What was on its way from one of them comes after the word that
    /// it is gone, and must not bring it back: all that is sent from then on would wait for it.
    private var formerDevices: [DeviceID] = []
    /// Whoever removes more devices than this while a word of the first is on its way has to change the account once more.
    private static let formerDevicesMax = 16
    /// Whether the account has said which devices there are. Until it has, nothing leaves the queue: another device may
    /// wait for it.
    public private(set) var isAccountKnown = false
    /// Whether there will never be other devices than these: then what they have stored goes at once.
    private var hasFixedDevices = false
    /// Streams sent to this user.
    public private(set) var streams: [StreamKey: InboundStream] = [:]
    /// How far others have got with what this user's devices sent.
    public var receipts = ReceiptTable()
    /// Messages that are held.
    public private(set) var heldMessages = 0
    /// The bytes of their bodies.
    public internal(set) var heldBytes = 0
    /// Those of the messages that every device that is known has stored.
    public private(set) var settledMessages = 0
    var settledBytes = 0
    /// Streams of which more is stored by all than is gone, and nobody has been asked whether it may go.
    var settling: [StreamKey] = []
    /// Those about which somebody was asked, and how far they were then.
    var asked: [(key: StreamKey, upTo: StreamNumber)] = []

    /// Oldest first; entries whose message has gone stay until they reach the front.
    var arrivals: Deque<Arrival> = []
    private var nextArrival: UInt64 = 1

    /// Makes an empty mailbox.
    public init() {}

    // MARK: Devices

    /// Takes the account's word on which devices are active. A message that waited only for devices that are gone
    /// leaves the queue. One that comes begins behind what is gone.
    /// - Parameters:
    ///   - active: the devices.
    ///   - areFixed: whether there will never be others.
    ///   - freed: takes what is dead in the log.
    public mutating func setDevices(_ active: [DeviceID], areFixed: Bool = false, freed: inout FreedSpace) {
        let active = active.sorted()
        guard active != devices || !isAccountKnown else { return }
        let removed = devices.filter { !active.contains($0) }
        // What only showed itself here may be newer than what the account says.
        formerDevices = Array(
            (formerDevices + (isAccountKnown ? removed : [])).filter { !active.contains($0) }
                .suffix(Mailbox.formerDevicesMax))
        isAccountKnown = true
        hasFixedDevices = areFixed
        devices = active
        receipts.forgetAllBut(active)
        for key in streams.keys.sorted() {
            modifyStream(key) { stream in
                for watermark in stream.watermarks where removed.contains(watermark.device) {
                    freed.add(segment: watermark.segment, bytes: PendingMessage.headBytesEstimate)
                }
                stream.watermarks.removeAll { removed.contains($0.device) }
            }
            settle(key, freed: &freed)
        }
    }

    /// A device shows itself, perhaps before the account's change has reached this replica: from now on what it has not stored
    /// waits for it.
    public mutating func subscribed(_ device: DeviceID, freed: inout FreedSpace) {
        guard !devices.contains(device), !isFormer(device) else { return }
        devices.append(device)
        devices.sort()
        guard isAccountKnown else { return }
        for key in streams.keys.sorted() { settle(key, freed: &freed) }
    }

    /// Whether the account had the device and has it no more.
    public func isFormer(_ device: DeviceID) -> Bool { formerDevices.contains(device) }

    // MARK: Messages

    /// Decides on a message without changing anything.
    public func judge(_ key: StreamKey, number: StreamNumber, bodyHash: UInt64, isRetry: Bool) -> Judgement {
        guard let stream = streams[key] else {
            return streams.count < Limits.mailboxStreamsMax ? room : .mailboxFull
        }
        guard !stream.isLost(number) else { return .reused }
        if let held = stream.entry(number) {
            // Of one that has ended this replica may only have the word that it has.
            guard held.bodyHash == bodyHash || held.end == .passed && isRetry else { return .reused }
            return held.location == nil ? .becomingDurable : .alreadyHeld
        }
        guard number <= max(stream.deliveredUpTo, stream.skippedUpTo) else { return room }
        guard isRetry else { return .reused }
        // One device has it, another may still wait for it, even one of which this replica has not heard: then it has to hold it
        // as well.
        return number <= stream.goneUpTo ? .becomingDurable : room
    }

    /// Whether the log has a message, or the word that it is gone: a crash takes it back no more when what the log has is on disk.
    public func isLogged(_ key: StreamKey, number: StreamNumber) -> Bool {
        guard let stream = streams[key] else { return false }
        if let held = stream.entry(number) { return held.location != nil }
        return number <= stream.goneUpTo
            && !stream.watermarks.contains {
                $0.upTo >= number && $0.loggedUpTo < number && $0.device != InboundStream.person
            }
    }

    /// Whether this message is gone: every device has stored it for which it was, or it was never for this mailbox.
    public func isGone(_ key: StreamKey, number: StreamNumber) -> Bool {
        number <= streams[key]?.goneUpTo ?? 0
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
        // What is settled waits for a second or so and is not counted. Should it have to wait longer, there is an end to that too.
        pendingMessages < Limits.mailboxMessagesMax && pendingBytes < Limits.mailboxBytesMax
            && heldMessages < 2 * Limits.mailboxMessagesMax && heldBytes < 2 * Limits.mailboxBytesMax
            ? .append : .mailboxFull
    }

    /// Messages that some device has not stored.
    public var pendingMessages: Int { heldMessages - settledMessages }

    /// The bytes of their bodies.
    public var pendingBytes: Int { heldBytes - settledBytes }

    /// Enters a message that ``judge(_:number:bodyHash:isRetry:)`` allowed. It counts as held from now on, and as
    /// durable from ``setLocation(_:key:number:)`` on.
    public mutating func append(
        _ key: StreamKey, from sender: Address, number: StreamNumber, bodyHash: UInt64, bodyBytes: Int,
        sentAtMilliseconds: UInt64, end: MessageEnd = .never, location: LogLocation? = nil
    ) {
        let entry = PendingMessage(
            number: number, bodyHash: bodyHash, sentAtMilliseconds: sentAtMilliseconds, arrival: nextArrival,
            bodyBytes: UInt32(bodyBytes), end: end, location: location)
        var inserted = false
        var isSettled = false
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
            isSettled = number <= stream.settledUpTo
        }
        guard inserted else { return }
        arrivals.append(Arrival(arrival: nextArrival, key: key, number: number))
        nextArrival += 1
        heldMessages += 1
        heldBytes += bodyBytes
        if isSettled {
            settledMessages += 1
            settledBytes += bodyBytes
        }
        // There may be no device for which it is.
        if key.isCopy { settle(key) }
    }

    /// The log has the message, durably, at `location`. False when the message is gone by now, or its place is known.
    @discardableResult
    public mutating func setLocation(
        _ location: LogLocation, key: StreamKey, number: StreamNumber, isShared: Bool = false
    ) -> Bool {
        var found = false
        modifyStream(key) { stream in
            let index = stream.position(of: number)
            // A copy that the log has been asked for before the message ended is of no use.
            guard index < stream.pending.count, stream.pending[index].number == number,
                stream.pending[index].end != .passed
            else { return }
            found = true
            stream.pending[index].location = location
            stream.pending[index].isShared = isShared
        }
        return found
    }

    /// The log refused the message: it was never held.
    public mutating func withdraw(_ key: StreamKey, number: StreamNumber) {
        var bytes: Int?
        var isSettled = false
        modifyStream(key) { stream in
            let index = stream.position(of: number)
            guard index < stream.pending.count, stream.pending[index].number == number,
                stream.pending[index].location == nil
            else { return }
            bytes = Int(stream.pending[index].bodyBytes)
            isSettled = number <= stream.settledUpTo
            stream.pending.remove(at: index)
            stream.top = max(
                stream.goneUpTo, stream.deliveredUpTo, stream.pending.last?.number ?? 0,
                stream.lost.last?.upTo ?? 0)
        }
        guard let bytes else { return }
        heldMessages -= 1
        heldBytes -= bytes
        guard isSettled else { return }
        settledMessages -= 1
        settledBytes -= bytes
    }

    // MARK: Watermarks

    /// `device` has stored everything of the stream up to `upTo`; for ``InboundStream/nobody``, nothing up to there was for this
    /// mailbox; for ``InboundStream/everybody``, all of it is gone; for ``InboundStream/person``, the person has seen it. False when
    /// that was known already.
    ///
    /// The number may exceed what this replica holds: the gateway clamps it to what the device was sent, and another
    /// replica may have held it.
    public mutating func acknowledge(
        _ key: StreamKey, from sender: Address, device: DeviceID, upTo: StreamNumber, freed: inout FreedSpace
    ) -> Bool {
        guard !isFormer(device) else { return false }
        var rose = false
        modifyStream(key, sender: sender) { stream in
            guard upTo > stream.stored(by: device) else { return }
            rose = true
            if device != InboundStream.person { stream.top = max(stream.top, upTo) }
            if device == InboundStream.everybody { stream.floor = max(stream.floor, upTo) }
            if let index = stream.watermarks.firstIndex(where: { $0.device == device }) {
                freed.add(segment: stream.watermarks[index].segment, bytes: PendingMessage.headBytesEstimate)
                stream.watermarks[index].upTo = upTo
                stream.watermarks[index].segment = nil
            } else {
                stream.watermarks.append(.init(device: device, upTo: upTo, segment: nil))
            }
        }
        guard rose, device != InboundStream.person else { return rose }
        switch device {
        case InboundStream.nobody, InboundStream.everybody: dropGone(key, freed: &freed)
        default: subscribed(device, freed: &freed)
        }
        settle(key, freed: &freed)
        return true
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

    /// Looks anew how far every device that is known has stored a stream. Where there will be no others, that goes.
    private mutating func settle(_ key: StreamKey, freed: inout FreedSpace) {
        settle(key)
        if hasFixedDevices { dropGone(key, freed: &freed) }
    }

    private mutating func settle(_ key: StreamKey) {
        let isCertain = isAccountKnown && !devices.isEmpty
        guard let lowest = streams[key].map({ isCertain ? lowestStored(key, of: $0) : $0.floor }) else { return }
        let isFixed = hasFixedDevices
        var more = (messages: 0, bytes: 0)
        var isNews = false
        modifyStream(key) { stream in
            if isFixed { stream.floor = max(stream.floor, lowest) }
            more = stream.settle(upTo: max(lowest, stream.goneUpTo))
            isNews = stream.wantsAsking()
        }
        settledMessages += more.messages
        settledBytes += more.bytes
        if isNews { settling.append(key) }
    }

    private mutating func dropGone(_ key: StreamKey, freed: inout FreedSpace) {
        guard let gone = streams[key]?.goneUpTo else { return }
        dropPending(key, from: 1, upTo: gone, freed: &freed)
    }

    /// Drops what is held of these numbers.
    mutating func dropPending(
        _ key: StreamKey, from first: StreamNumber, upTo last: StreamNumber, freed: inout FreedSpace
    ) {
        var droppedMessages = 0
        var droppedBytes = 0
        var settled = (messages: 0, bytes: 0)
        modifyStream(key) { stream in
            let range = stream.position(of: first)..<stream.position(of: last + 1)
            guard !range.isEmpty else { return }
            for entry in stream.pending[range] {
                droppedMessages += 1
                droppedBytes += Int(entry.bodyBytes)
                freed.add(entry)
                guard entry.number <= stream.settledUpTo else { continue }
                settled.messages += 1
                settled.bytes += Int(entry.bodyBytes)
            }
            stream.pending.removeSubrange(range)
        }
        guard droppedMessages > 0 else { return }
        heldMessages -= droppedMessages
        heldBytes -= droppedBytes
        settledMessages -= settled.messages
        settledBytes -= settled.bytes
        trimArrivals()
    }

    private mutating func trimArrivals() {
        while let first = arrivals.first, streams[first.key]?.entry(first.number)?.arrival != first.arrival {
            arrivals.removeFirst()
        }
        if heldMessages == 0 { arrivals.removeAll() }
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

    /// The streams with something that `device` has not stored, by key; and those of which it has not stored what was never for this
    /// mailbox, or is not any more: another replica may hold that still, and not know.
    public func backlog(of device: DeviceID) -> [(key: StreamKey, stream: InboundStream)] {
        var result: [(key: StreamKey, stream: InboundStream)] = []
        for (key, stream) in streams where Mailbox.isFor(device, key) {
            let isHeld = stream.pending.last.map { $0.number > stream.watermark(of: device) } ?? false
            if isHeld || stream.skippedUpTo > stream.stored(by: device) { result.append((key, stream)) }
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

import OrderedCollections
import RoostCore

extension SessionMachine {
    /// How long a gap may wait for the replica that pushes before it is read from a majority.
    public static let gapPatience = TimeSpan.milliseconds(150)
    /// After this long at most a gap that nobody could fill is fetched again.
    static let gapPauseMax = TimeSpan.seconds(5)

    /// One stream of the backlog, merged from the answers of a majority of owners.
    public struct BacklogStream: Equatable, Sendable {
        /// The stream.
        public var key: StreamKey
        /// Who sends it.
        public var sender: Address
        /// The highest number this device is known to have stored.
        public var watermark: StreamNumber
        /// The highest number that is held.
        public var top: StreamNumber

        /// Makes an entry.
        public init(key: StreamKey, sender: Address, watermark: StreamNumber, top: StreamNumber) {
            self.key = key
            self.sender = sender
            self.watermark = watermark
            self.top = top
        }
    }

    /// A majority of the owners has told what is pending: the session goes live.
    public mutating func backlogKnown(_ streams: [BacklogStream], now: Instant, into actions: inout [SessionAction]) {
        guard state == .subscribing else { return }
        state = .live
        lastProgress = now
        for stream in streams {
            learn(stream.key, from: stream.sender, watermark: stream.watermark, known: stream.top)
            if let delivery = deliveries[stream.key], delivery.released < stream.top {
                drainTargets[stream.key] = stream.top
            }
        }
        finishDraining(into: &actions)
    }

    /// An owner came back after the session went live, and told what it holds.
    public mutating func backlogGrew(_ streams: [BacklogStream], into actions: inout [SessionAction]) {
        guard state == .live else { return }
        for stream in streams {
            learn(stream.key, from: stream.sender, watermark: stream.watermark, known: stream.top)
        }
    }

    /// A replica pushes a message. Released when it is the next of its stream and the window is open, else dropped.
    public mutating func pushed(
        _ message: ServerFrame.Message, watermark: StreamNumber, now: Instant, into actions: inout [SessionAction]
    ) {
        guard state == .live else { return }
        learn(message.key, from: message.from, watermark: watermark, known: message.number)
        guard let delivery = deliveries[message.key], delivery.isNext(message), outstanding < window else { return }
        release(message, now: now, into: &actions)
        finishDraining(into: &actions)
    }

    /// A replica says that it holds a number.
    public mutating func announced(
        _ key: StreamKey, from sender: Address, number: StreamNumber, watermark: StreamNumber
    ) {
        guard state == .live else { return }
        learn(key, from: sender, watermark: watermark, known: number)
    }

    /// A majority has told what it holds of a stream from some number on: the union, ascending.
    public mutating func fetched(
        _ key: StreamKey, _ messages: [ServerFrame.Message], watermark: StreamNumber, now: Instant,
        into actions: inout [SessionAction]
    ) {
        guard state == .live, fetching == key else { return }
        fetching = nil
        lastProgress = now
        let before = deliveries[key]?.released
        if let sender = messages.first?.from ?? deliveries[key]?.sender {
            learn(key, from: sender, watermark: watermark, known: messages.last?.number ?? 0)
        }
        for message in messages where outstanding < window {
            if let delivery = deliveries[key], delivery.isNext(message) {
                release(message, now: now, into: &actions)
            }
        }
        // A number that no majority holds was never `sent`: the stream waits for its sender to send it again.
        if let delivery = deliveries[key], delivery.known > delivery.released, lagging.contains(key) {
            lagging.remove(key)
            lagging.append(key)
        }
        finishDraining(into: &actions)
        guard deliveries[key]?.released == before else {
            gapPause = SessionMachine.gapPatience
            return repairGap(now: now, patience: nil, into: &actions)
        }
        // Nobody could fill the gap: it is asked for again, more and more seldom.
        gapPause = min(gapPause * 2, SessionMachine.gapPauseMax)
    }

    /// The owners that are left of this device's queue may hold less than was known: what is pending is asked for anew.
    public mutating func forgetBacklog() {
        guard state == .live else { return }
        state = .subscribing
        for index in deliveries.values.indices { deliveries.values[index].known = deliveries.values[index].released }
        lagging.removeAll()
        drainTargets.removeAll()
        fetching = nil
    }

    /// The fetch got no majority; it is tried again after the patience.
    public mutating func fetchFailed(_ key: StreamKey, now: Instant) {
        guard fetching == key else { return }
        fetching = nil
        lastProgress = now
    }

    /// Called while a number is known and not released. Fetches it when the pusher had its time.
    public mutating func repairGaps(now: Instant, into actions: inout [SessionAction]) {
        repairGap(now: now, patience: gapPause, into: &actions)
    }

    /// Whether ``repairGaps(now:into:)`` has something to look after.
    public var hasGap: Bool { !lagging.isEmpty }

    /// The numbers this session has released and not seen acknowledged, for a replica that begins to push in the middle.
    public var resumePoints: [(key: StreamKey, released: StreamNumber)] {
        deliveries.compactMap { key, delivery in
            delivery.released > delivery.acknowledged ? (key, delivery.released) : nil
        }
    }

    /// How far the client is known to have stored a stream; 0 for one that this session knows nothing of.
    public func storedUpTo(_ key: StreamKey) -> StreamNumber {
        deliveries[key]?.acknowledged ?? 0
    }

    /// The check of a `read` failed: this device was never sent that.
    public mutating func readRefused(_ key: StreamKey, upTo: StreamNumber, into actions: inout [SessionAction]) {
        refuse(
            .init(.badAck, "read of a message never delivered here", stream: key.stream, number: upTo),
            into: &actions)
    }

    mutating func receivedAck(
        _ key: StreamKey, upTo: StreamNumber, now: Instant, into actions: inout [SessionAction]
    ) {
        guard let index = deliveries.index(forKey: key), upTo > 0, upTo <= deliveries.values[index].released else {
            refuse(
                .init(.badAck, "ack of a message never delivered here", stream: key.stream, number: upTo),
                into: &actions)
            return
        }
        let before = deliveries.values[index].outstanding
        let isNews = deliveries.values[index].acknowledge(upTo: upTo)
        let freed = before - deliveries.values[index].outstanding
        outstanding -= freed
        guard isNews || freed > 0 else { return }
        if isNews { actions.append(.acknowledge(key, upTo: upTo, sender: deliveries.values[index].sender)) }
        if lagging.contains(key) { repairGaps(now: now, into: &actions) }
    }

    mutating func receivedRead(
        from: String, _ key: StreamKey, upTo: StreamNumber, into actions: inout [SessionAction]
    ) {
        guard let sender = Address(from) else {
            refuse(.init(.badUserName, "a user name is 1 to 64 of a-z 0-9 . _ -", to: from), into: &actions)
            return
        }
        // Some owner may not have heard yet what the device has stored in an earlier connection: the others have.
        guard let delivery = deliveries[key], upTo <= delivery.released else {
            actions.append(.checkRead(key, upTo: upTo, sender: sender))
            return
        }
        guard upTo > 0, delivery.sender == sender else {
            readRefused(key, upTo: upTo, into: &actions)
            return
        }
        actions.append(.read(key, upTo: upTo, sender: sender))
    }

    private mutating func learn(
        _ key: StreamKey, from sender: Address, watermark: StreamNumber, known: StreamNumber
    ) {
        if let index = deliveries.index(forKey: key) {
            // The device stored this in an earlier connection.
            if watermark > deliveries.values[index].released { deliveries.values[index].pass(upTo: watermark) }
            if known > deliveries.values[index].known { deliveries.values[index].known = known }
        } else {
            if deliveries.count >= Limits.openStreamsMax { forgetQuietDelivery() }
            deliveries[key] = DeliveryStream(
                sender: sender, released: watermark, acknowledged: watermark, known: max(known, watermark))
        }
        noteLag(key)
    }

    private mutating func noteLag(_ key: StreamKey) {
        guard let delivery = deliveries[key] else { return }
        if delivery.known > delivery.released {
            lagging.append(key)
        } else if !lagging.isEmpty {
            lagging.remove(key)
        }
    }

    private mutating func release(_ message: ServerFrame.Message, now: Instant, into actions: inout [SessionAction]) {
        guard let index = deliveries.index(forKey: message.key) else { return }
        var message = message
        let next = deliveries.values[index].released + 1
        message.lostFrom = message.number == next ? 0 : max(message.lostFrom, next)
        deliveries.values[index].released = message.number
        // What is lost takes room until the client has acknowledged what is behind it: acknowledgements count numbers.
        outstanding += Int(message.number + 1 - next)
        lastProgress = now
        noteLag(message.key)
        actions.append(.frame(.message(message)))
    }

    private mutating func finishDraining(into actions: inout [SessionAction]) {
        guard !hasDrained, state == .live else { return }
        while let (key, target) = drainTargets.elements.first {
            guard let delivery = deliveries[key], delivery.released >= target else { return }
            drainTargets.remove(at: 0)
        }
        hasDrained = true
        actions.append(.frame(.drained))
    }

    private mutating func repairGap(now: Instant, patience: TimeSpan?, into actions: inout [SessionAction]) {
        guard state == .live, fetching == nil, outstanding < window, let key = lagging.first else { return }
        if let patience, now.since(lastProgress) < patience { return }
        guard let delivery = deliveries[key] else { return }
        fetching = key
        actions.append(.fetch(key, from: delivery.released + 1, count: window - outstanding))
    }

    /// Makes room by forgetting a stream with nothing outstanding; a push names the watermark it goes on from.
    private mutating func forgetQuietDelivery() {
        if let index = deliveries.values.firstIndex(where: { $0.outstanding == 0 && $0.known == $0.released }) {
            deliveries.remove(at: index)
        }
    }
}

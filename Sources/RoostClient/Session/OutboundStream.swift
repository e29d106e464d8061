import RoostCore

extension ClientSession {
    /// One stream of this device to one recipient: the messages that have not been read yet, in the order of their
    /// numbers.
    struct OutboundStream: Codable, Equatable, Sendable {
        struct Message: Codable, Equatable, Sendable {
            let id: MessageID
            var number: StreamNumber
            /// Empty once it is `sent`.
            var body: [UInt8]
            var tick: Tick
            /// What it is for; `nil` for something that is said, as in states of earlier versions.
            var kind: UInt8?
            /// How long it waits for its reader; `nil` for ever.
            var lifetimeSeconds: UInt32?
            /// Whether it may already have reached a node; sending it again is then a retry.
            var wasWritten: Bool

            /// What goes out.
            var content: MessageContent {
                let header = MessageHeader(
                    kind: kind.flatMap(MessageHeader.Kind.init(rawValue:)) ?? .plain,
                    lifetimeSeconds: lifetimeSeconds ?? 0)
                return MessageContent(header, body: body)
            }
        }

        let to: String
        let stream: UInt64
        var nextNumber: StreamNumber = 1
        var sentUpTo: StreamNumber = 0
        var messages: [Message] = []
        /// The lowest number not written on the present connection.
        var cursor: StreamNumber = 1
        /// Nothing is written before.
        var retryAt: Instant?
        var failures = 0

        private enum CodingKeys: String, CodingKey {
            case to, stream, nextNumber, sentUpTo, messages
        }

        init(to: String, stream: UInt64) {
            self.to = to
            self.stream = stream
        }

        /// The messages without `sent`.
        var unsent: ArraySlice<Message> {
            messages[index(above: sentUpTo)...]
        }

        mutating func append(id: MessageID, body: [UInt8], kind: MessageHeader.Kind, lifetimeSeconds: UInt32) {
            append(
                Message(
                    id: id, number: nextNumber, body: body, tick: .waiting, kind: kind == .plain ? nil : kind.rawValue,
                    lifetimeSeconds: lifetimeSeconds == 0 ? nil : lifetimeSeconds, wasWritten: false))
        }

        /// Takes a message, perhaps of another stream, as a new one at the end of this.
        mutating func append(_ message: Message) {
            var message = message
            message.number = nextNumber
            message.tick = .waiting
            message.wasWritten = false
            messages.append(message)
            nextNumber += 1
        }

        /// A new connection has seen nothing: begin at the lowest number without `sent`.
        mutating func rewind() {
            cursor = sentUpTo + 1
        }

        /// The next message to write on this connection, which is then counted as written.
        mutating func takeNext() -> Message? {
            let index = index(above: max(cursor, sentUpTo + 1) - 1)
            guard index < messages.endIndex else { return nil }
            let message = messages[index]
            messages[index].wasWritten = true
            cursor = message.number + 1
            return message
        }

        /// Raises the tick of everything up to `upTo`; `raised` is told about each message that it changes.
        ///
        /// Only `sent` lets a body go: `delivered` speaks of one device of the recipient, `sent` of the disks.
        mutating func raise(to tick: Tick, upTo: StreamNumber, raised: (MessageID) -> Void) {
            let end = index(above: upTo)
            for index in messages[..<end].indices {
                if tick == .sent { messages[index].body = [] }
                guard messages[index].tick < tick else { continue }
                messages[index].tick = tick
                raised(messages[index].id)
            }
            if tick == .sent, end > 0 { sentUpTo = max(sentUpTo, messages[end - 1].number) }
            forgetDone()
        }

        /// These ended before any device of the recipient had them; `ended` is told about each that was not known to.
        mutating func end(_ numbers: NumberRuns, ended: (MessageID) -> Void) {
            for index in messages.indices
            where messages[index].tick < .expired && numbers.contains(messages[index].number) {
                messages[index].tick = .expired
                ended(messages[index].id)
            }
            forgetDone()
        }

        /// Drops what nothing more can be heard of, and the oldest when there is too much.
        private mutating func forgetDone() {
            let sent = messages.count - unsent.count
            let done = messages[..<sent].prefix { $0.tick >= .read }.count
            messages.removeFirst(max(done, sent - OutboundStream.trackedMax))
        }

        /// A node has this one message in memory.
        mutating func accept(_ number: StreamNumber) -> MessageID? {
            let index = index(above: number) - 1
            guard index >= 0, messages[index].number == number, messages[index].tick < .accepted else { return nil }
            messages[index].tick = .accepted
            return messages[index].id
        }

        /// The first index whose number is above `number`.
        private func index(above number: StreamNumber) -> Int {
            var low = messages.startIndex
            var high = messages.endIndex
            while low < high {
                let middle = (low + high) / 2
                if messages[middle].number <= number { low = middle + 1 } else { high = middle }
            }
            return low
        }

        /// Sent messages of which receipts are still shown; the recipient may never read.
        private static let trackedMax = 1000
    }
}

import RoostCore

/// What the orderer of a group asks of replicas, and what they answer.
extension ReplicaRequest {
    /// A question of an orderer: what waits in a group's mailbox.
    public struct Collect: Equatable, Sendable {
        /// The orderer's operation.
        public var token: GatewayToken
        /// Which group.
        public var group: Address
        /// Of the list that the orderer goes by: an owner that has another one on its disk does not tell.
        public var listHash: UInt64
        /// Streams to tell of even if nothing of them waits.
        public var keys: [StreamKey]

        /// Makes a question.
        public init(token: GatewayToken, group: Address, listHash: UInt64, keys: [StreamKey]) {
            self.token = token
            self.group = group
            self.listHash = listHash
            self.keys = keys
        }
    }

    /// The end of messages of a group's mailbox: everybody whom they were for has them, or nobody ever will.
    public struct Finish: Equatable, Sendable {
        /// The orderer's operation.
        public var token: GatewayToken
        /// Which group.
        public var group: Address
        /// How far each stream is finished.
        public var streams: [Stream]

        /// One stream.
        public struct Stream: Equatable, Sendable {
            /// The stream.
            public var key: StreamKey
            /// Who writes it.
            public var author: Address
            /// Everything up to here is finished.
            public var upTo: StreamNumber

            /// Makes an entry.
            public init(key: StreamKey, author: Address, upTo: StreamNumber) {
                self.key = key
                self.author = author
                self.upTo = upTo
            }
        }

        /// Makes an end.
        public init(token: GatewayToken, group: Address, streams: [Stream]) {
            self.token = token
            self.group = group
            self.streams = streams
        }
    }
}

extension GatewayReply {
    /// One stream of a group's mailbox, as a replica has it on disk.
    public struct Waiting: Equatable, Sendable {
        /// The stream.
        public var key: StreamKey
        /// Who writes it.
        public var author: Address
        /// Everything up to here is finished.
        public var watermark: StreamNumber
        /// What is held above that, ascending.
        public var numbers: [StreamNumber]

        /// Makes an entry.
        public init(key: StreamKey, author: Address, watermark: StreamNumber, numbers: [StreamNumber]) {
            self.key = key
            self.author = author
            self.watermark = watermark
            self.numbers = numbers
        }
    }
}

/// Messages of a group for some of its members: to one node, the bodies once.
public struct Expansion: Equatable, Sendable {
    /// The orderer's operation.
    public var token: GatewayToken
    /// Which group.
    public var group: Address
    /// The messages, ascending.
    public var messages: [Message]
    /// For whom, by slot.
    public var recipients: [Recipient]

    /// One message.
    public struct Message: Equatable, Sendable {
        /// Its place in the group's order.
        public var number: StreamNumber
        /// When the sender's gateway took it, milliseconds since 1970.
        public var sentAtMilliseconds: UInt64
        /// The message itself.
        public var body: [UInt8]

        /// Makes a message.
        public init(number: StreamNumber, sentAtMilliseconds: UInt64, body: [UInt8]) {
            self.number = number
            self.sentAtMilliseconds = sentAtMilliseconds
            self.body = body
        }
    }

    /// One mailbox.
    public struct Recipient: Equatable, Sendable {
        /// Its slot.
        public var slot: Slot
        /// The version of the slot that the orderer goes by.
        public var version: UInt64
        /// Whose it is.
        public var member: Address
        /// The membership: the number of the stream.
        public var since: UInt64
        /// Up to here the stream's numbers were not for this member.
        public var floor: StreamNumber

        /// Makes a recipient.
        public init(slot: Slot, version: UInt64, member: Address, since: UInt64, floor: StreamNumber) {
            self.slot = slot
            self.version = version
            self.member = member
            self.since = since
            self.floor = floor
        }
    }

    /// Makes an expansion.
    public init(token: GatewayToken, group: Address, messages: [Message], recipients: [Recipient]) {
        self.token = token
        self.group = group
        self.messages = messages
        self.recipients = recipients
    }

    /// The part of it that falls to each shard of a node; the bodies are shared.
    public func parts(of shardCount: Int) -> [(shard: Int, Expansion)] {
        guard shardCount > 1 else { return [(0, self)] }
        var byShard: [[Recipient]] = Array(repeating: [], count: shardCount)
        for recipient in recipients { byShard[recipient.slot.shard(of: shardCount)].append(recipient) }
        return byShard.indices.filter { !byShard[$0].isEmpty }.map { shard in
            (shard, Expansion(token: token, group: group, messages: messages, recipients: byShard[shard]))
        }
    }
}

extension StreamKey {
    /// The stream of a group's messages in the mailbox of a member.
    public static func ofGroup(_ group: Address, since: UInt64) -> StreamKey {
        StreamKey(device: group.group ?? 0, stream: since)
    }
}

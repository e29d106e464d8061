import RoostCore
import RoostSession

extension ClientSession {
    /// What the shell has to do, in order.
    public enum Action: Equatable, Sendable {
        /// Bring the state to stable storage, with what was shown, before doing the actions behind this one: an
        /// acknowledgement promises that the message is stored, and a number may not be given twice.
        case save
        /// Send this.
        case write(ClientFrame)
        /// Show this message to the person, and keep it.
        case show(ReceivedMessage)
        /// A message of this side has got so far. It never falls back.
        case tick(MessageID, Tick)
        /// What another device of this person has sent has got so far.
        case receiptElsewhere(StreamReceipt)
        /// A message of this side will never be sent.
        case refused(MessageID, ErrorCode, text: String)
        /// Something to tell the person: the node refused, and this side goes on.
        case note(ErrorFrame)
        /// How it stands with somebody on the screen.
        case presence(Address, PresenceState)
        /// How far the members of a group on the screen are.
        case groupReceipt(Address, GroupProgress)
        /// Somebody types, for as long as it says.
        case typing(ServerFrame.Typing)
        /// The session is authenticated.
        case online(node: String)
        /// The backlog is through.
        case drained
        /// The connection is dead: break it off.
        case abort
        /// Connect again after this wait, to the next node of the list.
        case reconnect(after: TimeSpan)
        /// Do not connect again.
        case stop(StopReason)
    }

    /// Names a message of this side for as long as its state lives, whatever number it has in a stream.
    public typealias MessageID = UInt64

    /// How far a message has got.
    public enum Tick: Int, Codable, Comparable, Sendable {
        /// It waits on this device.
        case waiting = 0
        /// A node has it in memory.
        case accepted = 1
        /// A majority of the owners have it on disk.
        case sent = 2
        /// A device of the recipient has stored it.
        case delivered = 3
        /// The recipient has seen it.
        case read = 4
        /// It had a lifetime, which was over before any device of the recipient had stored it.
        case expired = 5

        /// Orders by how far it has got.
        public static func < (left: Tick, right: Tick) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    /// A message for this side, the first time it comes.
    public struct ReceivedMessage: Equatable, Sendable {
        /// Who sent it.
        public let from: Address
        /// The stream it belongs to.
        public let key: StreamKey
        /// Its number in the stream.
        public let number: StreamNumber
        /// The message itself.
        public let content: MessageContent
        /// When the sender's node took it, milliseconds since 1970.
        public let sentAtMilliseconds: UInt64

        /// Makes a message.
        public init(
            from: Address, key: StreamKey, number: StreamNumber, content: MessageContent, sentAtMilliseconds: UInt64
        ) {
            self.from = from
            self.key = key
            self.number = number
            self.content = content
            self.sentAtMilliseconds = sentAtMilliseconds
        }

        /// What is said.
        public var body: [UInt8] { content.body }
    }

    /// Why there is no use in connecting again.
    public enum StopReason: Equatable, Sendable {
        /// This side closed.
        case closed
        /// The token is not valid, or the device was removed: log in again.
        case loggedOut(String)
        /// The same device connected elsewhere.
        case replaced
        /// The node says that this client breaks the protocol.
        case faulty(String)
    }
}

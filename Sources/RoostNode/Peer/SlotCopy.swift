import RoostConsensus
import RoostCore

/// One piece of what a replica holds of a slot. Merging pieces is a union: maxima and sets, in any order, any number of times.
public enum CopyItem: Equatable, Sendable {
    /// A register as it stands on disk.
    case register(Address, RegisterState)
    /// A stream of a mailbox, without the bodies.
    case stream(Address, StreamCopy)
    /// A reader's progress with a stream of the mailbox's user.
    case receipt(ReplicaRequest.Receipt)
    /// When a device of the user was last heard from.
    case lastSeen(Address, milliseconds: UInt64)

    /// Whose mailbox it is a piece of; `nil` for a register.
    var mailboxUser: Address? {
        switch self {
        case .register: nil
        case .stream(let user, _): user
        case .receipt(let receipt): receipt.user
        case .lastSeen(let user, _): user
        }
    }

    /// What comes after this piece.
    var cursor: CopyCursor {
        switch self {
        case .register(let user, _):
            CopyCursor(user: user, part: .register, key: StreamKey(device: 0, stream: 0), reader: user)
        case .stream(let user, let stream): CopyCursor(user: user, part: .stream, key: stream.key, reader: user)
        case .receipt(let receipt):
            CopyCursor(user: receipt.user, part: .receipt, key: receipt.key, reader: receipt.reader)
        case .lastSeen(let user, _):
            CopyCursor(user: user, part: .lastSeen, key: StreamKey(device: 0, stream: 0), reader: user)
        }
    }
}

/// A stream of a mailbox as a replica knows it, without the bodies.
public struct StreamCopy: Equatable, Sendable {
    /// The stream.
    public var key: StreamKey
    /// Who sends it.
    public var sender: Address
    /// How far each device has stored it, those that have stored something.
    public var watermarks: [Watermark]
    /// What nobody has any more, ascending.
    public var lost: [Lost]
    /// The numbers of what some device has not stored and this replica holds on disk, ascending.
    public var pending: [StreamNumber]

    /// A device and how far it is.
    public struct Watermark: Equatable, Sendable {
        /// The device.
        public var device: DeviceID
        /// Everything up to here is stored.
        public var upTo: StreamNumber

        /// Makes a watermark.
        public init(device: DeviceID, upTo: StreamNumber) {
            self.device = device
            self.upTo = upTo
        }
    }

    /// A run of numbers.
    public struct Lost: Equatable, Sendable {
        /// The first of them.
        public var from: StreamNumber
        /// The last of them.
        public var upTo: StreamNumber

        /// Makes a run.
        public init(from: StreamNumber, upTo: StreamNumber) {
            self.from = from
            self.upTo = upTo
        }
    }

    /// Makes a copy.
    public init(
        key: StreamKey, sender: Address, watermarks: [Watermark], lost: [Lost] = [], pending: [StreamNumber]
    ) {
        self.key = key
        self.sender = sender
        self.watermarks = watermarks
        self.lost = lost
        self.pending = pending
    }
}

/// The last piece that was copied: where a copy of a slot goes on. Pieces go by user, part, stream and reader.
public struct CopyCursor: Equatable, Sendable {
    /// The parts of what is held for one user, in their order.
    public enum Part: UInt8, Comparable, Sendable, CaseIterable {
        /// The account's register.
        case register = 1
        /// What others send to the user.
        case stream = 2
        /// How far others are with what the user sent.
        case receipt = 3
        /// When a device of the user was last heard from.
        case lastSeen = 40

        /// By order of copying.
        public static func < (left: Part, right: Part) -> Bool { left.rawValue < right.rawValue }
    }

    /// Whose.
    public var user: Address
    /// Which part.
    public var part: Part
    /// Which stream; zeros for a register.
    public var key: StreamKey
    /// Which reader of it; the user for anything but a receipt.
    public var reader: Address

    /// Makes a cursor.
    public init(user: Address, part: Part, key: StreamKey, reader: Address) {
        self.user = user
        self.part = part
        self.key = key
        self.reader = reader
    }
}

/// Some pieces of a slot.
public struct CopyPage: Equatable, Sendable {
    /// The pieces, at most about ``bytesMax``, or one longer one.
    public var items: [CopyItem]
    /// Where to go on; `nil` after the last piece.
    public var next: CopyCursor?

    /// About how long a page gets.
    public static let bytesMax = 64 * 1024

    /// Makes a page.
    public init(items: [CopyItem], next: CopyCursor?) {
        self.items = items
        self.next = next
    }
}

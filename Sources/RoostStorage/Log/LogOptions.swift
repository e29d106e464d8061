import Glibc
import Logging
import RoostCore
import RoostLog

/// What a log may be told; the defaults are what ships.
public struct LogOptions: Sendable {
    /// Shards that use the log; a slot's records are offered to shard `slot mod shardCount` when its segment is emptied.
    public var shardCount: Int
    /// Free bytes below which new messages are refused; 0 for the larger of 5 % and 1 GiB.
    public var freeBytesMin: Int
    /// The length at which a segment is sealed.
    public var segmentBytesMax = Limits.segmentBytesMax
    /// Which segments are emptied, and how much room is kept back for that.
    public var policy = CleanerPolicy()
    /// How long a lazy record waits for a durable one to ride with before it is written.
    public var lazyWriteDelay = TimeSpan.milliseconds(20)
    /// How long after its write a lazy record is synced at the latest.
    public var lazySyncDelay = TimeSpan.seconds(1)
    /// Whether room is kept back on the disk.
    public var reservesSpace = true
    /// Parts of a segment cannot be read any more: all that is known of it at once, on a thread of the log.
    public var onCorruption: (@Sendable ([LogCorruption]) -> Void)?
    /// The log cannot go on, on the log's thread: by default the process says why and ends with status 74. After a failed
    /// sync nobody knows what is on the disk; only a start finds out.
    public var onFailure: (@Sendable (StorageError) -> Void)?

    /// Makes options for this many shards.
    public init(shardCount: Int, freeBytesMin: Int = 0) {
        precondition(shardCount > 0, "a log for \(shardCount) shards")
        self.shardCount = shardCount
        self.freeBytesMin = freeBytesMin
    }

    /// Free bytes below which new messages are refused, on a disk of this size.
    func freeBytesMin(ofTotal bytes: Int) -> Int {
        freeBytesMin > 0 ? freeBytesMin : max(bytes / 20, 1 << 30)
    }

    var reservedBytes: Int { policy.reservedSegments * segmentBytesMax }
}

/// When an append is answered.
public enum LogDurability: Sendable {
    /// After the sync of all its bytes.
    case durable
    /// After the write; it is on stable storage a second later at the latest.
    case lazy
}

/// What the log tells a shard.
public enum LogCompletion: Sendable {
    /// What was appended under this token stands here.
    case appended(token: UInt64, locations: [LogLocation])
    /// What was to be read under this token; `nil` where it could not be read.
    case read(token: UInt64, bodies: [[UInt8]?])
    /// A part of a segment that is to be emptied: append again what is live, then answer by ``LogService/cleaned(segment:shard:)``.
    case clean(segment: UInt32, records: [StoredRecord])
    /// The disk has become too full for new messages, or is no longer.
    case diskFull(Bool)
}

/// A record as it comes by at start.
public struct ReplayedRecord: Equatable, Sendable {
    /// Where it stands.
    public let location: LogLocation
    /// The slot.
    public let slot: Slot
    /// The kind.
    public let kind: UInt8
    /// The head.
    public let head: [UInt8]
    /// Length of the body.
    public let bodyBytes: Int

    init(_ entry: LogEntry, at location: LogLocation) {
        self.location = location
        slot = entry.slot
        kind = entry.kind
        head = entry.head
        bodyBytes = entry.bodyBytes
    }
}

/// What a start found.
public struct LogReplayReport: Equatable, Sendable {
    /// Segments.
    public var segments = 0
    /// Segments that were read block by block, for want of a footer.
    public var segmentsScanned = 0
    /// Records.
    public var records = 0
    /// Bytes at the very end that no one was told of, cut off.
    public var tornBytes = 0
    /// What cannot be read any more.
    public var corruptions: [LogCorruption] = []

    /// The slots whose copy on this node may lack something: they take writes, but answer for nothing until merged again.
    public var quarantined: LogCorruption.Slots {
        var slots: Set<Slot> = []
        for corruption in corruptions {
            switch corruption.slots {
            case .all: return .all
            case .these(let touched): slots.formUnion(touched)
            }
        }
        return .these(slots.sorted())
    }
}

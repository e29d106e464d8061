import RoostCore

/// One life of a node, from a start to the end of the process, and how far its log has got in it.
///
/// A data directory raises its boot counter, durably, before it says anything, and what it has on stable storage never
/// becomes less. So whatever was once heard of a node bounds every later life of the same directory, and a life that stays
/// behind is that of an older copy.
public struct NodeLife: Equatable, Sendable {
    /// How often the directory has been opened.
    public var boot: BootCounter
    /// Drawn when the process started: tells two copies of a directory apart that were opened equally often.
    public var process: UInt64
    /// How far the log is on stable storage, in records since the directory was made.
    public var position: UInt64

    /// Makes a life.
    public init(boot: BootCounter, process: UInt64, position: UInt64) {
        self.boot = boot
        self.process = process
        self.position = position
    }

    /// Whether this life is that of an older copy, by what a peer remembers of its node.
    /// - Parameters:
    ///   - remembered: the latest life that the peer has heard of, this one perhaps.
    ///   - recovered: how far the log had got when this life found it; `nil` for a log with damaged parts, of which nobody
    ///     can tell: those are made good from the other owners.
    /// - Returns: how it is older; `nil` when it is not.
    public func rollback(by remembered: NodeLife, recovered: UInt64?) -> Rollback? {
        if remembered.boot > boot || remembered.boot == boot && remembered.process != process {
            return .boot(found: boot, remembered: remembered.boot)
        }
        // What was heard of this very life is what it has appended since.
        if remembered.boot < boot, let recovered, recovered < remembered.position {
            return .position(found: recovered, remembered: remembered.position)
        }
        return nil
    }

    /// Appends the bytes of the life.
    public func write(to writer: inout ByteWriter) {
        writer.writeVarint(boot)
        writer.writeFixed(process)
        writer.writeVarint(position)
    }

    /// Reads what ``write(to:)`` writes.
    public init(from reader: inout ByteReader) throws(ByteReaderError) {
        boot = try reader.readVarint()
        process = try reader.readUInt64()
        position = try reader.readVarint()
    }
}

/// How a data directory is older than what its node has said before.
public enum Rollback: Equatable, Sendable {
    /// It was opened less often, or as often by another process.
    case boot(found: BootCounter, remembered: BootCounter)
    /// Its log ends before what was on stable storage once.
    case position(found: UInt64, remembered: UInt64)
}

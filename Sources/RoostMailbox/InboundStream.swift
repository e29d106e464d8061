import RoostCore

/// What a mailbox knows of one stream sent to it.
///
/// Merging two replicas' views is `max` of the watermarks, union of what is lost, and union of what is pending above the one and
/// outside of the other.
public struct InboundStream: Equatable, Sendable {
    /// A device and how far it has stored the stream.
    public struct Watermark: Equatable, Sendable {
        /// The device that said so.
        public let device: DeviceID
        /// The highest number it has stored; all below it are stored as well.
        public var upTo: StreamNumber
        /// The segment whose record holds this watermark, so that its bytes can be given up when it rises.
        public var segment: UInt32?
        /// The highest watermark that the log has.
        public var loggedUpTo: StreamNumber = 0
    }

    /// Who sends it.
    public let sender: UserName
    /// Everything up to here was stored by every device there was, and is gone.
    public internal(set) var floor: StreamNumber = 0
    /// The highest number ever taken here.
    public internal(set) var top: StreamNumber = 0
    /// One entry for each device that has acknowledged something above the floor of its time; at most eight.
    public internal(set) var watermarks: [Watermark] = []
    /// What some device has not stored, by number, not necessarily dense: other replicas may hold what is missing.
    public internal(set) var pending: [PendingMessage] = []
    /// What nobody has any more and nobody will bring, ascending; no two touch.
    public internal(set) var lost: [LostNumbers] = []

    init(sender: UserName) {
        self.sender = sender
    }

    /// How far `device` has stored the stream.
    public func watermark(of device: DeviceID) -> StreamNumber {
        for watermark in watermarks where watermark.device == device {
            return max(floor, watermark.upTo)
        }
        return floor
    }

    /// How far any device has stored the stream: what the sender is told as `delivered`.
    public var deliveredUpTo: StreamNumber {
        watermarks.reduce(floor) { max($0, $1.upTo) }
    }

    /// The place of `number` in ``pending``, or where it would be inserted.
    func position(of number: StreamNumber) -> Int {
        // Nearly every message is the newest of its stream.
        guard let last = pending.last, last.number >= number else { return pending.count }
        var low = 0
        var high = pending.count
        while low < high {
            let middle = (low + high) / 2
            if pending[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The entry of `number`, if it is held.
    public func entry(_ number: StreamNumber) -> PendingMessage? {
        let index = position(of: number)
        return index < pending.count && pending[index].number == number ? pending[index] : nil
    }
}

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

    /// No device has this id. What is acknowledged for it was never for this mailbox: every device is taken to have it, and
    /// nobody is told that it was delivered.
    public static let nobody: DeviceID = 0
    /// No device has this id either. What is acknowledged for it the person has seen, on whichever device: it says what is unread.
    public static let person: DeviceID = .max

    /// Who sends it.
    public let sender: Address
    /// Everything up to here was stored by every device there was.
    public internal(set) var floor: StreamNumber = 0
    /// The highest number ever taken here.
    public internal(set) var top: StreamNumber = 0
    /// One entry for each device that has acknowledged something above the floor of its time, and one for ``nobody`` and for
    /// ``person``.
    public internal(set) var watermarks: [Watermark] = []
    /// What some device has not stored, by number, not necessarily dense: other replicas may hold what is missing.
    public internal(set) var pending: [PendingMessage] = []
    /// What nobody has any more and nobody will bring, ascending; no two touch.
    public internal(set) var lost: [LostNumbers] = []

    init(sender: Address) {
        self.sender = sender
    }

    /// Up to here nothing was for this mailbox.
    public var skippedUpTo: StreamNumber { acknowledged(by: InboundStream.nobody) }

    /// Everything up to here is gone: stored by every device, or not for this mailbox.
    var goneUpTo: StreamNumber { max(floor, skippedUpTo) }

    private func acknowledged(by device: DeviceID) -> StreamNumber {
        for watermark in watermarks where watermark.device == device { return watermark.upTo }
        return 0
    }

    /// Up to here the person has nothing to read any more: it has seen it, or it was not for this mailbox.
    public var seenUpTo: StreamNumber { max(acknowledged(by: InboundStream.person), skippedUpTo) }

    /// How far `device` has stored the stream.
    public func stored(by device: DeviceID) -> StreamNumber {
        switch device {
        case InboundStream.nobody, InboundStream.person: acknowledged(by: device)
        default: max(floor, acknowledged(by: device))
        }
    }

    /// Up to where the stream has nothing for `device` any more.
    public func watermark(of device: DeviceID) -> StreamNumber {
        max(stored(by: device), skippedUpTo)
    }

    /// How far any device has stored the stream: what the sender is told as `delivered`.
    public var deliveredUpTo: StreamNumber {
        watermarks.reduce(floor) { highest, watermark in
            switch watermark.device {
            case InboundStream.nobody, InboundStream.person: highest
            default: max(highest, watermark.upTo)
            }
        }
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

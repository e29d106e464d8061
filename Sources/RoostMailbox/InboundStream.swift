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

    /// No device has this id. What is acknowledged for it every device had stored for which it ever was, and a majority of the
    /// owners has confirmed that there is no other: it is gone, and devices that come later begin behind it.
    public static let everybody: DeviceID = .max - 1

    /// Who sends it.
    public let sender: Address
    /// Everything up to here was stored by every device for which it was, and is gone.
    public internal(set) var floor: StreamNumber = 0
    /// Everything up to here is stored by every device that is known here. What of it is above ``goneUpTo`` is still held, for there
    /// may be a device of which this replica has not heard.
    public internal(set) var settledUpTo: StreamNumber = 0
    /// Whether the mailbox has it among those about which somebody is to be asked.
    var isSettling = false
    /// The highest number ever taken here.
    public internal(set) var top: StreamNumber = 0
    /// One entry for each device that has acknowledged something above the floor of its time, and one each for ``nobody``,
    /// ``everybody`` and ``person``.
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
    public var goneUpTo: StreamNumber { max(floor, skippedUpTo) }

    private func acknowledged(by device: DeviceID) -> StreamNumber {
        for watermark in watermarks where watermark.device == device { return watermark.upTo }
        return 0
    }

    /// Up to here the person has nothing to read any more: it has seen it, or it was not for this mailbox.
    public var seenUpTo: StreamNumber { max(acknowledged(by: InboundStream.person), skippedUpTo) }

    /// How far `device` has stored the stream.
    public func stored(by device: DeviceID) -> StreamNumber {
        switch device {
        case InboundStream.nobody, InboundStream.everybody, InboundStream.person: acknowledged(by: device)
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

    /// Notes how far every device that is known has stored the stream. Returns how many messages and bytes more of what is held
    /// that is; less than none when a device has come that has not stored it.
    mutating func settle(upTo number: StreamNumber) -> (messages: Int, bytes: Int) {
        let known = settledUpTo
        settledUpTo = number
        guard known != number else { return (0, 0) }
        let range = position(of: min(known, number) + 1)..<position(of: max(known, number) + 1)
        let bytes = pending[range].reduce(0) { $0 + Int($1.bodyBytes) }
        return known < number ? (range.count, bytes) : (-range.count, -bytes)
    }

    /// Whether something is settled and still held about which nobody is to be asked yet; from now on somebody is.
    mutating func wantsAsking() -> Bool {
        guard settledUpTo > goneUpTo, !isSettling else { return false }
        isSettling = true
        return true
    }

    /// The entry of `number`, if it is held.
    public func entry(_ number: StreamNumber) -> PendingMessage? {
        let index = position(of: number)
        return index < pending.count && pending[index].number == number ? pending[index] : nil
    }
}

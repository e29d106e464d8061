/// Names one device of a user: 64 random bits drawn by the server when the device is registered, never reused.
public typealias DeviceID = UInt64

/// The position of a message in its stream: 1, 2, 3… without gap.
public typealias StreamNumber = UInt64

/// Names a stream within the mailbox of its recipient: the sending device, and the number that device gave the stream.
@frozen
public struct StreamKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The device that sends.
    public let device: DeviceID
    /// The stream's number as that device chose it, unique among its streams to one recipient.
    public let stream: UInt64

    /// Makes the key of `stream` of `device`.
    @inlinable
    public init(device: DeviceID, stream: UInt64) {
        self.device = device
        self.stream = stream
    }

    /// Stream numbers from here on are not for clients to choose.
    @usableFromInline static let clientStreamEnd: UInt64 = 1 << 63

    /// The stream on which a user's other devices get what `device` sends to `recipient` on its `stream`. Its number is a hash
    /// of both: a device that chose them so that two collide would only confuse its own user's other devices.
    public static func copy(of device: DeviceID, to recipient: Address, stream: UInt64) -> StreamKey {
        let hash = SHA256.hash64(Array("\(recipient)/\(stream)".utf8))
        return StreamKey(device: device, stream: clientStreamEnd | hash)
    }

    /// Whether this is a stream of ``copy(of:to:stream:)``: it is for every device of the mailbox but the one that sent it.
    @inlinable
    public var isCopy: Bool { stream >= StreamKey.clientStreamEnd }

    /// By device, then by stream.
    @inlinable
    public static func < (left: StreamKey, right: StreamKey) -> Bool {
        (left.device, left.stream) < (right.device, right.stream)
    }

    /// The device in hexadecimal, a slash, the stream.
    public var description: String {
        "\(hexadecimal(device))/\(stream)"
    }
}

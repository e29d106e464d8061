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

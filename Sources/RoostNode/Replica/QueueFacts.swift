import RoostCore
import RoostMailbox

/// What waits in one mailbox, for operators: how much and since when, never what.
public struct QueueFacts: Equatable, Sendable {
    /// A device of the user and how many messages wait for it.
    public struct Device: Equatable, Sendable {
        /// The device.
        public let id: DeviceID
        /// Messages that it has not stored.
        public let messages: Int
    }

    /// Messages that some device has not stored.
    public let messages: Int
    /// The bytes of their bodies.
    public let bytes: Int
    /// The streams they belong to.
    public let streams: Int
    /// When the oldest of them was sent, milliseconds since 1970; `nil` when nothing waits.
    public let oldestSentAtMilliseconds: UInt64?
    /// The devices, by id.
    public let devices: [Device]

    init(_ mailbox: Mailbox) {
        messages = mailbox.pendingMessages
        bytes = mailbox.pendingBytes
        let waiting = mailbox.streams.values.compactMap { stream in
            let messages = stream.pending.drop { $0.number <= stream.settledUpTo }
            return messages.isEmpty ? nil : (stream: stream, messages: messages)
        }
        streams = waiting.count
        oldestSentAtMilliseconds = waiting.lazy.flatMap(\.messages).map(\.sentAtMilliseconds).min()
        devices = mailbox.devices.map { device in
            Device(
                id: device,
                messages: waiting.reduce(0) { count, one in
                    let watermark = one.stream.watermark(of: device)
                    return count + one.messages.count { $0.number > watermark }
                })
        }
    }
}

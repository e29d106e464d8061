import RoostCore

extension ClientSession {
    /// What this device has stored of one stream of somebody else's device.
    struct InboundStream: Codable, Equatable, Sendable {
        let from: String
        let device: DeviceID
        let stream: UInt64
        /// Everything up to here is stored; it is never shown again.
        var watermark: StreamNumber
        /// Everything up to here the person has seen.
        var readUpTo: StreamNumber = 0
        /// The node has been told so, as far as can be known.
        var readConfirmedUpTo: StreamNumber = 0
        /// What is to be acknowledged at the end of the read cycle; 0 for nothing. It is what came on this connection, not
        /// the watermark: a cluster that lost an acknowledgement delivers again from below it, and takes none for more
        /// than it has delivered.
        var ackDue: StreamNumber = 0

        private enum CodingKeys: String, CodingKey {
            case from, device, stream, watermark, readUpTo, readConfirmedUpTo
        }

        init(from: String, key: StreamKey) {
            self.from = from
            device = key.device
            stream = key.stream
            watermark = 0
        }

        var key: StreamKey { StreamKey(device: device, stream: stream) }
    }
}

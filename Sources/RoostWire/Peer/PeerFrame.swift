import RoostCore
import RoostNode

/// What passes over a link between two nodes: four bytes of length, little end first, and then this.
public enum PeerFrame: Equatable, Sendable {
    /// The first frame each way: who speaks.
    case hello(PeerHello)
    /// Asks for a pong with the same nonce, and says how far the sender's log is on stable storage.
    case ping(nonce: UInt64, position: UInt64)
    /// The answer to a ping: the only thing said against the direction of a link, beside `hello`.
    case pong(nonce: UInt64)
    /// About users' data.
    case message(PeerMessage)
    /// About the ring.
    case control(ControlMessage)

    /// The bytes of the length in front of a frame.
    public static let lengthBytes = 4

    private enum Kind: UInt8 {
        case hello = 1
        case ping = 2
        case pong = 3
        case message = 4
        case control = 5
    }

    /// Appends the frame with its length.
    public static func write(_ frame: PeerFrame, to writer: inout ByteWriter) {
        let start = writer.count
        writer.writeFixed(UInt32(0))
        switch frame {
        case .hello(let hello):
            writer.write(Kind.hello.rawValue)
            hello.write(to: &writer)
        case .ping(let nonce, let position):
            writer.write(Kind.ping.rawValue)
            writer.writeFixed(nonce)
            writer.writeVarint(position)
        case .pong(let nonce):
            writer.write(Kind.pong.rawValue)
            writer.writeFixed(nonce)
        case .message(let message):
            writer.write(Kind.message.rawValue)
            PeerMessageCodec.write(message, to: &writer)
        case .control(let message):
            writer.write(Kind.control.rawValue)
            ControlMessageCodec.write(message, to: &writer)
        }
        let length = UInt32(writer.count - start - lengthBytes)
        for place in 0..<lengthBytes {
            writer.bytes[start + place] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(place)))
        }
    }

    /// Reads one frame, without its length.
    public static func read(_ bytes: [UInt8], in range: Range<Int>) throws(ByteReaderError) -> PeerFrame {
        var reader = ByteReader(bytes, in: range)
        guard let kind = Kind(rawValue: try reader.readByte()) else { throw .invalidValue(field: "peer frame kind") }
        switch kind {
        case .message:
            return .message(try PeerMessageCodec.read(bytes, in: range.lowerBound + 1..<range.upperBound))
        case .hello:
            let hello = try PeerHello(from: &reader)
            try reader.finish()
            return .hello(hello)
        case .ping:
            let frame = PeerFrame.ping(nonce: try reader.readUInt64(), position: try reader.readVarint())
            try reader.finish()
            return frame
        case .pong:
            let nonce = try reader.readUInt64()
            try reader.finish()
            return .pong(nonce: nonce)
        case .control:
            let message = try ControlMessageCodec.read(from: &reader)
            try reader.finish()
            return .control(message)
        }
    }
}

extension PeerHello {
    /// Begins every hello: `ROOST` and a version that rises when old nodes would misread the protocol.
    public static let magic: [UInt8] = Array("ROOST".utf8) + [3]

    func write(to writer: inout ByteWriter) {
        writer.writeRaw(PeerHello.magic)
        writer.write(cluster)
        writer.write(node)
        life.write(to: &writer)
        writer.write(remembered != nil)
        remembered?.write(to: &writer)
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        guard try reader.readRaw(PeerHello.magic.count) == PeerHello.magic else {
            throw .invalidValue(field: "peer protocol")
        }
        self.init(
            cluster: try reader.readUniqueID(), node: try reader.readUniqueID(), life: try NodeLife(from: &reader),
            remembered: try reader.readBool() ? try NodeLife(from: &reader) : nil)
    }
}

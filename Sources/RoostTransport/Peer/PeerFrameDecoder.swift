import NIOCore
import RoostCore
import RoostWire

/// Cuts a link's bytes into frames. Not a `ByteToMessageDecoder`: a whole read is taken out of its buffer once and
/// every frame is read in place.
struct PeerFrameDecoder {
    /// Bytes of a frame that has not come whole.
    private var rest: [UInt8] = []

    /// Why a link's bytes were refused.
    enum Violation: Error, Equatable {
        /// A frame announces more than a frame may have.
        case frameTooLarge(bytes: Int, limit: Int)
        /// A frame is not one of the protocol.
        case malformed(ByteReaderError)
    }

    /// Takes what one read brought and passes on every frame that is whole.
    mutating func feed(_ buffer: ByteBuffer, _ take: (PeerFrame) -> Void) throws(Violation) {
        var bytes = rest
        bytes.append(contentsOf: buffer.readableBytesView)
        rest = []
        var offset = 0
        while bytes.count - offset >= PeerFrame.lengthBytes {
            let length =
                Int(bytes[offset]) | Int(bytes[offset + 1]) << 8 | Int(bytes[offset + 2]) << 16
                | Int(bytes[offset + 3]) << 24
            guard length <= Limits.peerFrameBytesMax else {
                throw .frameTooLarge(bytes: length, limit: Limits.peerFrameBytesMax)
            }
            let start = offset + PeerFrame.lengthBytes
            guard bytes.count - start >= length else { break }
            let frame: PeerFrame
            do throws(ByteReaderError) {
                frame = try PeerFrame.read(bytes, in: start..<start + length)
            } catch {
                throw .malformed(error)
            }
            take(frame)
            offset = start + length
        }
        if offset < bytes.count { rest = Array(bytes[offset...]) }
    }
}

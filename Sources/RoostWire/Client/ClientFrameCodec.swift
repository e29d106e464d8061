import RoostSession
import SwiftProtobuf

/// Turns frames of the client protocol into bytes and back, in both directions and both encodings.
///
/// Every function is pure and takes any bytes whatever: what is not a frame is a ``WireError``, never a trap. The
/// generated types of `roost.proto` stay inside this folder.
public enum ClientFrameCodec {
    /// Reads what a client sent.
    ///
    /// A field that this version does not know is skipped. Bytes with no kind of frame in them, or with an unknown one,
    /// are ``WireError/unknownFrame``.
    public static func decodeClientFrame(
        _ bytes: RawSpan, _ encoding: ClientEncoding
    ) throws(WireError) -> ClientFrame {
        let proto: Roost_V1_ClientFrame = try decode(bytes, encoding)
        guard let kind = proto.kind else { throw .unknownFrame }
        return try ClientFrame(kind)
    }

    /// Reads what a client sent.
    public static func decodeClientFrame(
        _ bytes: [UInt8], _ encoding: ClientEncoding
    ) throws(WireError) -> ClientFrame {
        try decodeClientFrame(bytes.span.bytes, encoding)
    }

    /// Reads what a node sent, with the same rules.
    public static func decodeServerFrame(
        _ bytes: RawSpan, _ encoding: ClientEncoding
    ) throws(WireError) -> ServerFrame {
        let proto: Roost_V1_ServerFrame = try decode(bytes, encoding)
        guard let kind = proto.kind else { throw .unknownFrame }
        return try ServerFrame(kind)
    }

    /// Reads what a node sent, with the same rules.
    public static func decodeServerFrame(
        _ bytes: [UInt8], _ encoding: ClientEncoding
    ) throws(WireError) -> ServerFrame {
        try decodeServerFrame(bytes.span.bytes, encoding)
    }

    /// Writes what a client says.
    public static func encode(_ frame: ClientFrame, _ encoding: ClientEncoding) -> [UInt8] {
        encode(Roost_V1_ClientFrame(frame), encoding)
    }

    /// Writes what a node says.
    public static func encode(_ frame: ServerFrame, _ encoding: ClientEncoding) -> [UInt8] {
        encode(Roost_V1_ServerFrame(frame), encoding)
    }

    private static func decode<Frame: Message>(
        _ bytes: RawSpan, _ encoding: ClientEncoding
    ) throws(WireError) -> Frame {
        do {
            switch encoding {
            case .proto:
                var options = BinaryDecodingOptions()
                options.discardUnknownFields = true
                options.messageDepthLimit = depthMax
                return try Frame(serializedBytes: bytes, options: options)
            case .json:
                var options = JSONDecodingOptions()
                options.ignoreUnknownFields = true
                options.messageDepthLimit = depthMax
                return try Frame(jsonUTF8Bytes: bytes.withUnsafeBytes { [UInt8]($0) }, options: options)
            }
        } catch {
            throw .malformed("\(error)")
        }
    }

    private static func encode(_ frame: some Message, _ encoding: ClientEncoding) -> [UInt8] {
        do {
            switch encoding {
            case .proto: return try frame.serializedBytes()
            case .json: return try frame.jsonUTF8Bytes()
            }
        } catch {
            // Only a missing required field, an `Any` or more than 2 GB makes encoding fail; the schema has none.
            preconditionFailure("a frame of roost.proto was not encodable: \(error)")
        }
    }

    /// A frame is an object in an object; what a stranger nests deeper is skipped up to here and refused beyond.
    private static let depthMax = 8
}

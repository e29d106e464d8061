/// Why bytes were not taken for a frame.
public enum WireError: Error, Equatable, Sendable {
    /// The bytes are not of the encoding, or a field has a value that it must not have.
    case malformed(String)
    /// Well-formed, but of no kind that this version knows. The connection can go on.
    case unknownFrame
    /// A refusal with a code that this version does not know.
    case unknownErrorCode(Int)
    /// The body of a `send` is longer than ``Limits/bodyBytesMax``. The other fields are those of the `send`, for the
    /// answer.
    case bodyTooLarge(bytes: Int, id: UInt64, to: String, stream: UInt64, number: UInt64)
}

/// How far a reader has got with one stream, as the devices of its sender are told it, and as they say that they know it.
public struct StreamReceipt: Equatable, Sendable {
    /// Who reads.
    public var reader: Address
    /// The stream: the device of the sender, and its number.
    public var key: StreamKey
    /// Stored by a device of the reader.
    public var deliveredUpTo: StreamNumber
    /// Seen by the reader.
    public var readUpTo: StreamNumber

    /// Makes a receipt.
    public init(reader: Address, key: StreamKey, deliveredUpTo: StreamNumber, readUpTo: StreamNumber) {
        self.reader = reader
        self.key = key
        self.deliveredUpTo = deliveredUpTo
        self.readUpTo = readUpTo
    }
}

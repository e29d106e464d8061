import RoostCore

extension BlockHeader {
    /// The decoded payload of this block, out of the bytes behind its header.
    func payload(from stored: UnsafeRawBufferPointer) throws(LogError) -> [UInt8] {
        guard stored.count >= storedBytes else { throw .blockTruncated(needed: storedBytes, left: stored.count) }
        let stored = UnsafeRawBufferPointer(rebasing: stored[..<storedBytes])
        guard CRC32C.checksum(stored) == payloadChecksum else { throw .payloadDamaged }
        guard encoding == .lz4 else { return Array(stored) }
        var isWhole = false
        let decoded = [UInt8](unsafeUninitializedCapacity: decodedBytes) { target, count in
            isWhole = decompressLZ4(
                stored,
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[..<decodedBytes]))
            count = isWhole ? decodedBytes : 0
        }
        guard isWhole else { throw .payloadMalformed }
        return decoded
    }

    /// The records of this block, which must be one of records, out of the bytes behind its header.
    public func records(from stored: UnsafeRawBufferPointer) throws(LogError) -> RecordBlock {
        guard type == .records else { throw .blockMisplaced }
        return try RecordBlock(header: self, payload: try payload(from: stored))
    }
}

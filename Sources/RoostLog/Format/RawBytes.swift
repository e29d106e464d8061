/// Bytes in memory of its own that grows and is kept when they are cleared, so that the log's thread allocates nothing
/// for a record. An array would zero what LZ4 is about to overwrite.
struct RawBytes: ~Copyable {
    private(set) var count = 0
    private var base: UnsafeMutableRawPointer
    private var capacity: Int

    init(capacity: Int) {
        self.capacity = max(capacity, 64)
        base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit {
        base.deallocate()
    }

    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count)
    }

    mutating func clear() {
        count = 0
    }

    /// Room for `extra` bytes behind what is there; what is written into it becomes part of it by ``commit(_:)``.
    mutating func room(_ extra: Int) -> UnsafeMutableRawBufferPointer {
        if count + extra > capacity { grow(to: count + extra) }
        return UnsafeMutableRawBufferPointer(start: base + count, count: extra)
    }

    mutating func commit(_ extra: Int) {
        precondition(extra >= 0 && count + extra <= capacity, "\(count) + \(extra) bytes exceed \(capacity)")
        count += extra
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        if let target = room(bytes.count).baseAddress { target.copyMemory(from: source, byteCount: bytes.count) }
        count += bytes.count
    }

    mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    mutating func append(_ byte: UInt8) {
        room(1)[0] = byte
        count += 1
    }

    mutating func appendFixed(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { append($0) }
    }

    mutating func appendVarint(_ value: Int) {
        precondition(value >= 0, "\(value) has no varint")
        let room = room(10)
        var rest = UInt64(value)
        var length = 0
        while rest >= 0x80 {
            room[length] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
            length += 1
        }
        room[length] = UInt8(truncatingIfNeeded: rest)
        count += length + 1
    }

    private mutating func grow(to needed: Int) {
        let larger = max(needed, capacity * 2)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = moved
        capacity = larger
    }
}

import CLZ4

/// LZ4 in its block format, with a compressor state that is set up once: LZ4 then clears only what a block has used.
struct LZ4Compressor: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private let stream: UnsafeMutablePointer<LZ4_stream_t>

    init() {
        let size = MemoryLayout<LZ4_stream_t>.size
        memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        guard let stream = LZ4_initStream(memory, size) else {
            preconditionFailure("LZ4 refuses \(size) bytes of state")
        }
        self.stream = stream
    }

    deinit {
        memory.deallocate()
    }

    /// Compresses `source` into `target`; `nil` when it does not fit there.
    func compress(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int? {
        guard !source.isEmpty, !target.isEmpty else { return nil }
        LZ4_resetStream_fast(stream)
        let written = LZ4_compress_fast_continue(
            stream, source.bindMemory(to: CChar.self).baseAddress,
            target.bindMemory(to: CChar.self).baseAddress, Int32(source.count), Int32(target.count), 1)
        return written > 0 ? Int(written) : nil
    }
}

/// Decompresses `source`, which must give exactly `target.count` bytes. Safe on hostile input.
func decompressLZ4(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Bool {
    let written = LZ4_decompress_safe(
        source.bindMemory(to: CChar.self).baseAddress, target.bindMemory(to: CChar.self).baseAddress,
        Int32(source.count), Int32(target.count))
    return written == target.count
}

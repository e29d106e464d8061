import RoostCore
import RoostLog

/// An open segment, and reads of its parts. Damage is ``StorageError/log(_:_:)``.
struct SegmentFile {
    let name: SegmentName
    let file: OpenFile
    let files: any FileSystem

    /// What a first read of a block takes: small blocks, which are the rule, come whole.
    private static let firstReadBytes = 4096

    init(_ name: SegmentName, in directory: String, _ files: any FileSystem, mode: OpenMode = .read)
        throws(StorageError)
    {
        self.name = name
        self.files = files
        file = try files.open(directory + "/" + name.fileName, mode)
    }

    func close() {
        files.close(file)
    }

    func header() throws(StorageError) -> SegmentHeader {
        let bytes = try files.read(file, in: 0..<LogFormat.segmentHeaderBytes)
        return try parse(bytes) { bytes throws(LogError) in try SegmentHeader(decoding: bytes, name: name) }
    }

    /// The footer of a sealed segment.
    func footer() throws(StorageError) -> SegmentFooter {
        let fileBytes = try files.size(of: file)
        guard fileBytes >= LogFormat.segmentHeaderBytes + LogFormat.endBlockBytes else { throw .log(name, .notSealed) }
        let end = try files.read(file, in: fileBytes - LogFormat.endBlockBytes..<fileBytes)
        let range = try parse(end) { bytes throws(LogError) in
            try SegmentFooter.range(endBlock: bytes, name: name, fileBytes: fileBytes)
        }
        let bytes = try files.read(file, in: range)
        return try parse(bytes) { bytes throws(LogError) in
            try SegmentFooter(block: bytes, name: name, offset: range.lowerBound)
        }
    }

    func index(at offset: Int) throws(StorageError) -> SegmentIndex {
        let bytes = try block(at: offset)
        return try parse(bytes) { bytes throws(LogError) in
            try SegmentIndex(block: bytes, name: name, offset: offset)
        }
    }

    func records(at offset: Int) throws(StorageError) -> RecordBlock {
        let bytes = try block(at: offset)
        return try parse(bytes) { bytes throws(LogError) in
            let header = try BlockHeader(decoding: bytes, name: name, offset: offset)
            return try header.records(from: UnsafeRawBufferPointer(rebasing: bytes[LogFormat.blockHeaderBytes...]))
        }
    }

    /// Reads the whole segment block by block.
    func scan(isLast: Bool, _ visit: (RecordBlock) -> Void) throws(StorageError) -> SegmentScan {
        let bytes = try files.contents(of: file)
        return try parse(bytes) { bytes throws(LogError) in
            try SegmentScan(bytes, of: name, isLast: isLast, visit: visit)
        }
    }

    /// A block, header and all; bytes behind it may follow.
    private func block(at offset: Int) throws(StorageError) -> [UInt8] {
        let first = try files.read(file, in: offset..<offset + SegmentFile.firstReadBytes)
        let end = try parse(first) { bytes throws(LogError) in
            try BlockHeader(decoding: bytes, name: name, offset: offset).end
        }
        return end - offset <= first.count ? first : try files.read(file, in: offset..<end)
    }

    private func parse<Result>(
        _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(LogError) -> Result
    ) throws(StorageError) -> Result {
        do throws(LogError) {
            return try bytes.reading(body)
        } catch {
            throw .log(name, error)
        }
    }
}

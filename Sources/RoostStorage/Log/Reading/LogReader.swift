import RoostCore
import RoostLog

/// Reads records by location. Used by one thread; blocks are verified each time they come from the disk.
final class LogReader {
    private let directory: String
    private let files: any FileSystem
    private var names: [UInt32: SegmentName]
    private var open: [UInt32: SegmentFile] = [:]
    private var openOrder: [UInt32] = []
    private var cache = BlockCache(bytesMax: Limits.logCacheBytesMax)

    init(directory: String, names: [SegmentName], files: any FileSystem) {
        self.directory = directory
        self.files = files
        self.names = Dictionary(uniqueKeysWithValues: names.map { ($0.number, $0) })
    }

    deinit {
        for segment in open.values { segment.close() }
    }

    func add(_ name: SegmentName) {
        names[name.number] = name
    }

    /// The segment's file is gone; keeping it open would keep its space.
    func remove(_ number: UInt32) {
        names.removeValue(forKey: number)
        open.removeValue(forKey: number)?.close()
        openOrder.removeAll { $0 == number }
    }

    func body(at location: LogLocation) throws(StorageError) -> [UInt8] {
        let key = BlockCache.Key(segment: location.segment, offset: location.blockOffset)
        let block: RecordBlock
        if let cached = cache.block(key) {
            block = cached
        } else {
            block = try segment(location.segment).records(at: Int(location.blockOffset))
            cache.insert(block, key)
        }
        do throws(LogError) {
            return try block.body(at: location.index)
        } catch {
            throw .log(try segment(location.segment).name, error)
        }
    }

    func segment(_ number: UInt32) throws(StorageError) -> SegmentFile {
        if let segment = open[number] { return segment }
        guard let name = names[number] else { throw .noSuchSegment(number: number) }
        if openOrder.count >= Limits.logOpenSegmentsMax {
            open.removeValue(forKey: openOrder.removeFirst())?.close()
        }
        let segment = try SegmentFile(name, in: directory, files)
        open[number] = segment
        openOrder.append(number)
        return segment
    }
}

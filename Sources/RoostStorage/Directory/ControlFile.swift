import RoostCore

/// A small file that is replaced as a whole or not at all: written beside, synced, renamed, and the directory synced.
///
/// `magic 4 | version 4 | length 4 | CRC-32C of the name and the bytes 4 | bytes`, little end first.
struct ControlFile {
    static let bytesMax = 16 * 1024 * 1024
    private static let magic: UInt32 = 0x4C43_5352
    private static let version: UInt32 = 1
    private static let headerBytes = 16

    let directory: String
    let name: String
    let files: any FileSystem

    var path: String { directory + "/" + name }

    /// What it holds; `nil` when it was never written.
    func read() throws(StorageError) -> [UInt8]? {
        guard files.exists(path) else { return nil }
        let bytes = try files.withFile(path, .read) { file throws(StorageError) in
            let length = try files.size(of: file)
            guard length <= ControlFile.bytesMax + ControlFile.headerBytes else {
                throw .controlFileTooLong(path: path, bytes: length, limit: ControlFile.bytesMax)
            }
            return try files.contents(of: file)
        }
        do throws(ByteReaderError) {
            var reader = ByteReader(bytes)
            let head = (try reader.readUInt32(), try reader.readUInt32())
            let length = Int(try reader.readUInt32())
            let checksum = try reader.readUInt32()
            let content = try reader.readRaw(length)
            try reader.finish()
            guard head == (ControlFile.magic, ControlFile.version), checksum == self.checksum(of: content) else {
                throw .invalidValue(field: "checksum")
            }
            return content
        } catch {
            throw .controlFileDamaged(path: path)
        }
    }

    /// Replaces what it holds; returns when that is on stable storage.
    func write(_ content: [UInt8]) throws(StorageError) {
        guard content.count <= ControlFile.bytesMax else {
            throw .controlFileTooLong(path: path, bytes: content.count, limit: ControlFile.bytesMax)
        }
        var writer = ByteWriter(capacity: content.count + ControlFile.headerBytes)
        writer.writeFixed(ControlFile.magic)
        writer.writeFixed(ControlFile.version)
        writer.writeFixed(UInt32(content.count))
        writer.writeFixed(checksum(of: content))
        writer.writeRaw(content)
        let bytes = writer.bytes
        let temporary = path + ".new"
        try files.withFile(temporary, .replace) { file throws(StorageError) in
            try bytes.reading { bytes throws(StorageError) in try files.write(file, at: 0, bytes) }
            try files.syncData(file)
        }
        try files.rename(temporary, to: path)
        try files.syncDirectory(directory)
    }

    private func checksum(of content: [UInt8]) -> UInt32 {
        CRC32C.checksum(Array(name.utf8) + content)
    }
}

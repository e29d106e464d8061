import RoostCore

/// Parts of records, and of what nodes say to each other.
extension ByteWriter {
    /// Writes all of it.
    public mutating func write(_ progress: ReceiptProgress) {
        writePlain(progress)
        writeRest(progress)
    }

    /// Writes the maxima, their times, and what devices know of them.
    mutating func writePlain(_ progress: ReceiptProgress) {
        writeVarint(progress.deliveredUpTo)
        writeVarint(progress.readUpTo)
        writeVarint(progress.deliveredAtMilliseconds)
        writeVarint(progress.readAtMilliseconds)
        writeCount(progress.known.count)
        for known in progress.known {
            writeFixed(known.device)
            writeVarint(known.deliveredUpTo)
            writeVarint(known.readUpTo)
        }
    }

    /// Writes what has ended and what is erased, and what devices know of the one.
    mutating func writeRest(_ progress: ReceiptProgress) {
        writeVarint(progress.erasedUpTo)
        write(progress.expired)
        for known in progress.known { writeVarint(known.expired) }
    }

    /// Writes the runs, each by its two ends.
    public mutating func write(_ numbers: NumberRuns) {
        writeCount(numbers.runs.count)
        for run in numbers.runs {
            writeVarint(run.from)
            writeVarint(run.upTo)
        }
    }

    /// Writes the device in eight bytes and the stream as a varint.
    public mutating func write(_ key: StreamKey) {
        writeFixed(key.device)
        writeVarint(key.stream)
    }
}

extension ByteReader {
    /// Reads what ``ByteWriter/write(_:)-(ReceiptProgress)`` writes.
    public mutating func readReceiptProgress() throws(ByteReaderError) -> ReceiptProgress {
        let plain = try readPlainProgress()
        let erasedUpTo = try readVarint()
        let expired = try readNumberRuns()
        var known = plain.known
        for index in known.indices { known[index].expired = try readVarint() }
        return ReceiptProgress(
            deliveredUpTo: plain.deliveredUpTo, readUpTo: plain.readUpTo,
            deliveredAtMilliseconds: plain.deliveredAtMilliseconds, readAtMilliseconds: plain.readAtMilliseconds,
            expired: expired, erasedUpTo: erasedUpTo, known: known)
    }

    /// Reads what ``ByteWriter/writePlain(_:)`` writes.
    mutating func readPlainProgress() throws(ByteReaderError) -> ReceiptProgress {
        let (delivered, read) = (try readVarint(), try readVarint())
        let (deliveredAt, readAt) = (try readVarint(), try readVarint())
        var known: [ReceiptProgress.Known] = []
        for _ in 0..<(try readCount(limit: ReceiptProgress.knownMax)) {
            known.append(
                .init(device: try readUInt64(), deliveredUpTo: try readVarint(), readUpTo: try readVarint()))
        }
        return ReceiptProgress(
            deliveredUpTo: delivered, readUpTo: read, deliveredAtMilliseconds: deliveredAt, readAtMilliseconds: readAt,
            known: known)
    }

    /// Reads what ``ByteWriter/write(_:)-(NumberRuns)`` writes.
    public mutating func readNumberRuns() throws(ByteReaderError) -> NumberRuns {
        var numbers = NumberRuns()
        for _ in 0..<(try readCount(limit: NumberRuns.runsMax)) {
            guard let run = NumberRuns.Run(from: try readVarint(), upTo: try readVarint()) else {
                throw .invalidValue(field: "run of numbers")
            }
            numbers.insert(run)
        }
        return numbers
    }

    /// Reads what ``ByteWriter/write(_:)-(StreamKey)`` writes.
    public mutating func readStreamKey() throws(ByteReaderError) -> StreamKey {
        StreamKey(device: try readUInt64(), stream: try readVarint())
    }
}

extension ReceiptProgress {
    /// Whether nothing has ended and nothing is erased: then its record is the shorter one.
    var isPlain: Bool { erasedUpTo == 0 && expired.isEmpty }
}

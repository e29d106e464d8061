import RoostOperator
import Testing

@Suite struct TextTests {
    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1434, "1.4 KiB"), (10_188, "9.9 KiB"), (10_240, "10 KiB"),
        (1_048_063, "1023 KiB"), (1_048_064, "1.0 MiB"), (1 << 20, "1.0 MiB"), (247_463_936_000, "230 GiB"),
        (Int.max, "8192 PiB"),
    ])
    func `bytes are shown with two digits and a unit`(bytes: Int, text: String) {
        #expect(ByteCount.text(bytes) == text)
    }

    @Test(
        arguments: [
            ("0", 0), ("none", 0), ("512", 512), ("50M", 50 << 20), ("50MiB", 50 << 20), ("50 mb/s", 50 << 20),
            ("1.5G", 3 << 29), ("2T", 2 << 40), ("10k", 10 << 10),
        ] as [(String, UInt64)])
    func `an amount is read as people write it`(text: String, bytes: UInt64) throws {
        #expect(try ByteCount.parse(text) == bytes)
    }

    @Test(arguments: ["", "fast", "M", "-1", "1.2.3", "5 apples", "1e9", "nan", "inf", "٣"])
    func `what is no amount is refused`(text: String) {
        #expect(throws: ByteCountError.notAnAmount(text)) { try ByteCount.parse(text) }
    }

    @Test func `an amount that no machine moves is refused`() {
        #expect(throws: ByteCountError.tooLarge("99999999T")) { try ByteCount.parse("99999999T") }
    }

    @Test(
        arguments: [
            (0, "under 1 s"), (0.99, "under 1 s"), (1, "1 s"), (59.4, "59 s"), (59.6, "1 min 00 s"),
            (185, "3 min 05 s"),
            (4800, "1 h 20 min"), (183_600, "2 d 3 h"), (.infinity, nil), (.nan, nil), (4e7, nil),
        ] as [(Double, String?)])
    func `a length of time is shown in its two largest units`(seconds: Double, text: String?) {
        #expect(TimeLeft.text(seconds: seconds) == text)
    }

    @Test(arguments: [(1, 3, "33.3 %"), (0, 0, "0.0 %"), (2, 2, "100.0 %")])
    func `a part is shown to a tenth of a percent`(part: Int, whole: Int, text: String) {
        #expect(Percentage.text(part, of: whole) == text)
    }

    @Test func `columns are as wide as they must be, and amounts stand to the right`() {
        let table = TextTable(
            ["NODE", "SLOTS", "CHANGE", "LOG", "AT", "FIRST"],
            [
                ["n1", "1024", "−256", "9 B", "127.0.0.1:7400", "1 2"],
                ["backup", "7", "+3", "230 KiB", "127.0.0.1:1", "12 130"],
            ])
        #expect(
            table.lines == [
                "NODE    SLOTS  CHANGE      LOG  AT              FIRST",
                "n1       1024    −256      9 B  127.0.0.1:7400  1 2",
                "backup      7      +3  230 KiB  127.0.0.1:1     12 130",
            ])
    }

    @Test func `a table without rows is its headings`() {
        #expect(TextTable(["A", "B"], []).lines == ["A  B"])
    }

    @Test(arguments: [
        (0, 4, "░░░░"), (1, 4, "█░░░"), (3999, 4000, "███░"), (4, 4, "████"), (9, 4, "████"), (0, 0, "████"),
    ])
    func `a bar is full only when all is done`(done: Int, total: Int, bar: String) {
        #expect(ProgressBar.text(done: done, of: total, width: 4) == bar)
    }
}

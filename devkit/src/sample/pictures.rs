//! Pictures and a document, drawn here byte by byte: just as much of PNG (RFC 2083), JPEG (ITU T.81) and PDF (ISO 32000)
//! as it takes for viewers to open them.

use std::io::Write;

use flate2::{Compression, Crc, write::ZlibEncoder};

/// A PNG of `width` by `height`, each pixel red, green and blue.
pub fn png(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 3]) -> std::io::Result<Vec<u8>> {
    let mut lines = ZlibEncoder::new(Vec::new(), Compression::default());
    for y in 0..height {
        // Each line begins with how it was filtered: not at all.
        lines.write_all(&[0])?;
        for x in 0..width {
            lines.write_all(&pixel(x, y))?;
        }
    }
    let mut header = Vec::from(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut file = Vec::from(b"\x89PNG\r\n\x1a\n");
    for (name, data) in [(b"IHDR", header), (b"IDAT", lines.finish()?), (b"IEND", Vec::new())] {
        let mut crc = Crc::new();
        crc.update(name);
        crc.update(&data);
        file.extend((data.len() as u32).to_be_bytes());
        file.extend(name);
        file.extend(data);
        file.extend(crc.sum().to_be_bytes());
    }
    Ok(file)
}

/// A grey JPEG of `columns` by `rows` squares, each of one shade and eight pixels wide: squares of one shade have nothing
/// but their mean to be encoded.
pub fn jpeg(columns: u16, rows: u16, shade: impl Fn(u16, u16) -> u8) -> Vec<u8> {
    const QUANTUM: u8 = 8;
    let mut file = vec![0xFF, 0xD8];
    let mut segment = |marker: u8, parts: &[&[u8]]| {
        let length = 2 + parts.iter().map(|part| part.len()).sum::<usize>() as u16;
        file.extend([0xFF, marker]);
        file.extend(length.to_be_bytes());
        parts.iter().for_each(|part| file.extend(*part));
    };
    segment(0xE0, &[b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"]);
    segment(0xDB, &[&[0], &[QUANTUM; 64]]);
    let (height, width) = ((rows * 8).to_be_bytes(), (columns * 8).to_be_bytes());
    segment(0xC0, &[&[8], &height, &width, &[1, 1, 0x11, 0]]);
    // Codes for the sizes 0 to 11 of a difference: one of two bits, five of three, then one of each length up to nine.
    segment(
        0xC4,
        &[&[0], &[0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    );
    // One code of one bit: the square has no more to say.
    segment(0xC4, &[&[0x10], &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0]]);
    segment(0xDA, &[&[1, 1, 0, 0, 63, 0]]);

    let mut bits = Bits::default();
    let mut previous = 0;
    for row in 0..rows {
        for column in 0..columns {
            let mean = i32::from(shade(column, row)) - 128;
            bits.difference(mean - previous);
            bits.push(0, 1);
            previous = mean;
        }
    }
    file.extend(bits.finish());
    file.extend([0xFF, 0xD9]);
    file
}

/// JPEG's stream of bits, the highest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits {
    /// The code for the size of a number in bits, then its bits; of a negative one, those of its complement.
    fn difference(&mut self, number: i32) {
        let size = i32::BITS - number.unsigned_abs().leading_zeros();
        match size {
            0 => self.push(0b00, 2),
            1..=5 => self.push(0b001 + size, 3),
            longer => self.push((1 << (longer - 2)) - 2, longer - 2),
        }
        let bits = if number < 0 { number - 1 } else { number };
        self.push(bits as u32 & ((1 << size) - 1), size);
    }

    fn push(&mut self, bits: u32, count: u32) {
        self.pending = (self.pending << count) | bits;
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.pending >> self.count) as u8;
            self.bytes.push(byte);
            // What looks like a marker is followed by a nought.
            if byte == 0xFF {
                self.bytes.push(0);
            }
        }
        self.pending &= (1 << self.count) - 1;
    }

    fn finish(mut self) -> Vec<u8> {
        let missing = (8 - self.count) % 8;
        self.push((1 << missing) - 1, missing);
        self.bytes
    }
}

/// A PDF of one page with these lines, which must be ASCII.
pub fn pdf(lines: &[&str]) -> Vec<u8> {
    let mut text = String::from("BT /F1 12 Tf 16 TL 60 780 Td\n");
    for line in lines {
        let escaped = line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        text.push_str(&format!("({escaped}) Tj T*\n"));
    }
    text.push_str("ET\n");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}endstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = String::from("%PDF-1.4\n");
    let mut table = String::from("0000000000 65535 f \n");
    for (object, number) in objects.iter().zip(1..) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let start = file.len();
    let count = objects.len() + 1;
    file.push_str(&format!(
        "xref\n0 {count}\n{table}trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    ));
    file.into_bytes()
}
